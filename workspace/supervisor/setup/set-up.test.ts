import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { SupervisorJob } from '../../../workflows/contracts/supervisor.ts';
import { startTestDoor } from '../../testing/door.ts';
import type { TestDoor } from '../../testing/door.ts';
import { dataOf, localForTest, testJob, testTurn, textOf, watchTurn } from '../../testing/harness.ts';

const key = 'a'.repeat(64);
const notKept = 'setup: what it made was not kept for the next workspace: ';
let door: TestDoor;
let local: ReturnType<typeof localForTest>;
let commit: string;
let count = 0;

beforeAll(async () => {
  door = await startTestDoor();
  const files = { '.gitignore': 'deps/\n', 'a.txt': 'of the commit\n' };
  commit = door.commit(files, { library: door.commit(files) });
  local = localForTest(door);
});

afterAll(async () => {
  await local.close();
  await door.close();
});

/** One turn of `command` in a place that runs `setup`, or begins with what is kept. */
async function open(setup: string, command = 'true') {
  count += 1;
  const snapshot = { key, maxBytes: 1024 ** 2 };
  const job = testJob(commit, {
    workspaceId: `s${count}`,
    executor: { name: 'command', command },
    setup,
    snapshot,
  });
  const workspace = await local.provisioner.create({ job, runToken: door.runToken });
  await workspace.deliver(testTurn('m1', 'x'));
  const { seen, end } = await watchTurn(workspace);
  await local.provisioner.destroy(workspace.workspaceId);
  const warnings = dataOf(seen, 'warning').map(({ message }) => message);
  return { end, warnings, said: textOf(seen, 'setup.output'), found: textOf(seen, 'agent.delta') };
}

async function forged(files: Record<string, string>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  return zstdCompressSync(await buffer(tar));
}

describe('a setup', () => {
  it.each([
    ['changes files of the commit', 'mkdir deps; echo more >> a.txt', 'it changed files that git does not ignore, as "a.txt"'],
    ['makes files that are not ignored', 'echo new > new.txt', 'it changed files that git does not ignore, as "new.txt"'],
    ['checks a submodule out', 'echo x > library/file', 'it checked out the submodule library'],
    [
      'makes more than may be kept',
      'mkdir deps; head -c 2000000 /dev/zero > deps/large',
      'it made more than 1048576 bytes (SETUP_SNAPSHOT_BYTES)',
    ],
  ])('is not kept when it %s, and the run goes on', async (_, setup, why) => {
    const { end, warnings } = await open(setup);

    expect(end).toMatchObject({ status: 'completed', reason: null });
    expect(warnings).toEqual([`${notKept}${why}`]);
    expect(door.snapshots.size).toBe(0);
  });

  it('that only touched a file of the commit is kept', async () => {
    const { said } = await open('mkdir deps; echo x > deps/x; touch -d 2001-01-01 a.txt');

    expect(said).toContain('was kept for the next workspace');
    expect(door.snapshots.delete(key)).toBe(true);
  });

  it('that makes empty folders has them in its snapshot', async () => {
    await open('mkdir -p empty/inner deps/none some/deps && echo x > some/deps/x && echo y > deps/y');
    const { said, found, warnings } = await open('echo ran', 'find empty deps some | sort');
    door.snapshots.clear();

    expect(said).toContain('was used instead of running it');
    expect(found.split('\n').filter(Boolean)).toEqual([
      'deps',
      'deps/none',
      'deps/y',
      'empty',
      'empty/inner',
      'some',
      'some/deps',
      'some/deps/x',
    ]);
    expect(warnings).toEqual([]);
  });

  it('is not run where a snapshot stands for it, which leaves the files of the commit as they are', async () => {
    door.snapshots.set(key, await forged({ 'work/a.txt': 'forged', 'work/deps/new': 'new' }));

    const { end, said, found } = await open('echo ran', 'cat a.txt deps/new');
    door.snapshots.clear();

    expect(said).toMatch(/^setup: the snapshot a{12} of an earlier one was used/);
    expect(found).toBe('of the commit\nnew');
    expect(end.tipCommit).toBe(commit);
  });

  it('that makes nothing is not run again either', async () => {
    await open('true');
    const { said, warnings } = await open('echo ran');
    door.snapshots.clear();

    expect(said).toContain('was used instead of running it');
    expect(warnings).toEqual([]);
  });

  it('of a job that was written before there were snapshots is run', () => {
    const before = { ...testJob(commit, { setup: 'npm ci' }), snapshot: undefined };

    expect(SupervisorJob.parse(before)).toMatchObject({ setup: 'npm ci', snapshot: null });
  });

  it('that fails is not kept', async () => {
    const { end } = await open('mkdir deps; echo x > deps/x; exit 3');

    expect(end).toMatchObject({ status: 'failed', reason: 'setup-failed' });
    expect(door.snapshots.size).toBe(0);
  });

  it('whose snapshot an agent asks for is not its to have, to replace or to remove', async () => {
    const url = `http://gateway/setup/snapshots/${key}`;
    const ask = `curl -s --noproxy "*" "$HTTP_PROXY/setup/snapshots/${key}"`;
    const { found } = await open('true', `${ask}; ${ask} -T a.txt; ${ask} -X DELETE; curl -s ${url}; echo asked`);

    expect(found).toBe(`${'{"code":"relay-forbidden"}'.repeat(4)}asked\n`);
    expect(door.snapshots.get(key)?.toString()).not.toBe('of the commit\n');
    door.snapshots.clear();
  });
});
