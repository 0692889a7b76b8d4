import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Provisioner, ServiceSpec, StepListener } from './port.ts';
import { startTestDoor } from './testing/door.ts';
import type { TestDoor } from './testing/door.ts';
import { nothingSeen, testJob, textOf, watchUntil } from './testing/harness.ts';

const longLimitMs = 240_000;

/** Images that the contract's services are made of, as this kind of place knows them. */
export interface ServiceImages {
  /** A Postgres that listens on port 5432 and keeps its data in a volume of its image. */
  postgres: string;
  /**
   * Tells who connects to port 7000, as JSON: `greeting`, `networks`, `reached` of `TARGETS`, and what of it is `written`. Has the volume
   * /data.
   */
  teller: string;
  /** Says "no password is set" and ends with 3. */
  broken: string;
}

/** What a suite needs of one kind of place. */
export interface ServicesSubject {
  /** Made anew, as another process would. */
  open(): Provisioner;
  images: ServiceImages;
  /** `host:port` of servers outside, which must not be reached. */
  targets: readonly string[];
  /** Network interfaces that a service has beside its loopback. */
  networks: readonly string[];
  /** Ids of everything that its provisioner has made and not removed. */
  places(): Promise<string[]>;
  close(): Promise<void>;
}

/** Asks a port of the loopback and prints the answer in base64, or why there is none. */
function ask(port: number, bytes = ''): string {
  const program = `const s=require('net').connect(${port},'127.0.0.1',()=>'${bytes}'&&s.write(Buffer.from('${bytes}','hex')));let all='';s.on('data',d=>{all+=d.toString('latin1');if('${bytes}')s.end()});s.on('error',e=>console.log(e.code));s.on('close',()=>all&&console.log(Buffer.from(all,'latin1').toString('base64')))`;
  return `node -e "${program}"`;
}

/** Every provisioner that offers services runs this. */
export function describeServices(name: string, prepare: (door: TestDoor) => Promise<ServicesSubject>): void {
  describe(`the services of a workspace of ${name}`, () => {
    let door: TestDoor;
    let subject: ServicesSubject;
    let provisioner: Provisioner;

    beforeAll(async () => {
      door = await startTestDoor();
      subject = await prepare(door);
      provisioner = subject.open();
    }, 15 * 60_000);

    afterEach(async () => {
      for (const id of await provisioner.list()) await provisioner.destroy(id);
    }, 60_000);

    afterAll(async () => {
      await subject?.close();
      await door?.close();
    }, 120_000);

    const database = (): ServiceSpec => ({ name: 'db', image: subject.images.postgres, port: 5432, env: {} });
    const told = (): ServiceSpec => ({
      ...{ name: 'teller', image: subject.images.teller, port: 7000 },
      env: { GREETING: 'a b=c $(PATH) $$', TARGETS: subject.targets.join(' ') },
    });

    /** What setup printed in a workspace with these services, which is kept. */
    async function setupOf(
      workspaceId: string,
      services: ServiceSpec[],
      setup: string,
      { by = provisioner, onStep }: { by?: Provisioner; onStep?: StepListener } = {},
    ): Promise<string[]> {
      const job = testJob(door.commit({}), { workspaceId, executor: { name: 'none' }, setup });
      const workspace = await by.create({ job, runToken: door.runToken, services }, onStep);
      const seen = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'workspace.ready', 60_000);
      return textOf(seen, 'setup.output').trim().split('\n');
    }

    it(
      'answer on its loopback before its setup runs, reach nothing outside, and no other workspace reaches them',
      async () => {
        const steps: unknown[] = [];
        // A client's question whether it may speak TLS, which only a database answers by N.
        const setup = `${ask(5432, '0000000804d2162f')}; ${ask(7000)}`;

        const [answer = '', facts = ''] = await setupOf('with', [database(), told()], setup, {
          onStep: ({ type, data }) => steps.push([type, data.step, data.subject]),
        });
        const others = await setupOf('without', [], `${ask(5432)}; ${ask(7000)}`);

        expect(Buffer.from(answer, 'base64').toString()).toBe('N');
        expect(JSON.parse(Buffer.from(facts, 'base64').toString())).toEqual({
          greeting: 'a b=c $(PATH) $$',
          networks: subject.networks,
          reached: subject.targets.map(() => false),
          written: ['/data/x', '/tmp/x', '/run/x'],
        });
        expect(others).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
        expect(steps).toEqual(
          expect.arrayContaining([
            ['preparation.started', 'service', `db (${subject.images.postgres})`],
            ['preparation.completed', 'service', `db (${subject.images.postgres})`],
            ['preparation.completed', 'service', `teller (${subject.images.teller})`],
          ]),
        );
      },
      longLimitMs,
    );

    it(
      'are adopted with it on a retry, and removed with it',
      async () => {
        await setupOf('kept', [told()], 'true');
        const before = await subject.places();

        await setupOf('kept', [told()], 'true', { by: subject.open() });
        const adopted = await subject.places();
        await subject.open().destroy('kept');

        expect(before).not.toEqual([]);
        expect(adopted).toEqual(before);
        expect(await subject.places()).toEqual([]);
      },
      longLimitMs,
    );

    it(
      'that end before their port answers are told by their last words, and nothing is left',
      async () => {
        const broken = { name: 'db', image: subject.images.broken, port: 5432, env: {} };

        const attempt = setupOf('broken', [told(), broken], 'true');

        await expect(attempt).rejects.toMatchObject({
          kind: 'permanent',
          code: 'setup-failed',
          message: expect.stringMatching(
            /the service db \(.*broken\) ended with exit code 3 before its port 5432 answered: .*no password is set/,
          ),
        });
        expect(await subject.places()).toEqual([]);
      },
      longLimitMs,
    );
  });
}
