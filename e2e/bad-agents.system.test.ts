import { appendFile, rm, truncate } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventData } from '../workflows/contracts/events.ts';
import type { FailureReason } from '../workflows/contracts/run.ts';
import { unwrap } from '../api/client/index.ts';
import { killExactly } from '../workspace/provisioners/local/processes.ts';
import { lookAtPlace, remainsOf, type SeenPlace } from './harness/place.ts';
import { git } from './harness/repository.ts';
import { assertDense, TestSystem } from './harness/system.ts';

const mebibyte = 1024 * 1024;

let system: TestSystem;

beforeAll(async () => {
  system = await TestSystem.open({
    // An agent that does what it is told, to the letter: the prompt is its program, or what a program before left for the next turn.
    EXECUTOR_COMMAND: '[ ! -f .again ] || exec sh .again; exec sh',
    WORKSPACE_MEMORY_BYTES: String(700 * mebibyte),
    WORKSPACE_DISK_BYTES: String(200 * mebibyte),
    WORKSPACE_PROCESSES: '256',
    WORKSPACE_OUTPUT_BYTES: String(4 * mebibyte),
    SAVE_EVERY_MS: '1000',
  });
}, 180_000);

afterAll(async () => {
  await system?.close();
});

type Settings = Parameters<TestSystem['project']>[1];
type Submission = Parameters<TestSystem['submit']>[2];

interface Scene {
  requestId: string;
  repository: string;
  place: SeenPlace;
}

/** Begins a run; the agent is at work, and what its workspace consists of is known. */
async function begin(prompt: string, options: Submission = { executor: 'command' }, settings: Settings = {}): Promise<Scene> {
  const project = await system.project({ 'README.md': '# sample\n' }, { review: false, ...settings });
  const requestId = await system.submit(project.projectId, prompt, options);
  return { requestId, repository: project.repositoryUrl, place: await placeOf(requestId, 1) };
}

async function placeOf(requestId: string, attempt: number): Promise<SeenPlace> {
  const started = await system.event(requestId, 'turn.started', (event) => event.attempt === attempt);
  return lookAtPlace(system.stateDir, started.runId ?? '', attempt);
}

/** A shell script for the `command` agent: it begins, waits until it has been looked at, and acts. */
const program = (...lines: string[]) => ['echo begun', 'sleep 2', ...lines, 'exit 0'].join('\n');

/** The request is BLOCKED with the reason and choices, the log says it, and no workspace of it is left. */
async function expectEnd(requestId: string, reason: FailureReason, places: SeenPlace[]): Promise<EventData<'run.ended'>> {
  const detail = await system.reach(requestId, 'BLOCKED');
  const events = await system.events(requestId);
  const ended = events.filter((event) => event.type === 'run.ended');

  expect(detail.awaiting).toMatchObject({ kind: 'retry', reason });
  expect(detail.awaiting?.actions).toEqual(expect.arrayContaining(['retry', 'cancel']));
  expect(detail.awaiting?.message).not.toBe('');
  expect(ended.map((event) => event.data)).toMatchObject([{ status: 'failed', reason }]);
  assertDense(events);
  expect(places.flatMap(remainsOf)).toEqual([]);
  return ended[0]?.data as EventData<'run.ended'>;
}

/** Takes the socket on which Codex speaks to us from the process that holds it, and writes lines of its own. */
const garbageWriter = `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for name in os.listdir('/proc'):
    if not name.isdigit() or int(name) == os.getpid(): continue
    try:
        taken = libc.syscall(438, os.pidfd_open(int(name)), 1, 0)
        kind = os.readlink('/proc/%s/fd/1' % name)
    except OSError as error:
        print(name, error, flush=True)
        continue
    print(name, kind, taken, ctypes.get_errno(), flush=True)
    if taken >= 0: os.write(taken, b'this is no protocol\\n' * 50)
`;

describe('an agent that', () => {
  it.each<[string, FailureReason, string, Settings]>([
    ['exits non-zero', 'agent-exit', program('exit 7'), {}],
    ['prints 200 MB', 'agent-output-limit', program('head -c 200000000 /dev/zero | tr "\\0" x', 'sleep 600'), {}],
    ['fills its disk', 'agent-disk', program('head -c 400000000 /dev/zero > big.bin', 'sleep 600'), {}],
    [
      'uses all memory',
      'agent-memory',
      program(`python3 -c "import time; kept = bytearray(${900 * mebibyte}); time.sleep(600)"`, 'sleep 600'),
      {},
    ],
    ['starts processes without end', 'agent-processes', program('bomb() { bomb | bomb & }; bomb; sleep 600'), {}],
    ['hangs', 'inactivity', program('sleep 600'), { inactivityMs: 4_000 }],
    ['never comes to an end', 'wall-clock', program('while :; do echo working; sleep 0.2; done'), { wallClockMs: 6_000 }],
  ])('%s ends its run', async (_, reason, prompt, settings) => {
    const { requestId, place } = await begin(prompt, { executor: 'command' }, settings);

    const end = await expectEnd(requestId, reason, [place]);

    expect(end.message).not.toBe('');
  });

  it('fills its disk by a command of Codex ends its run too', async () => {
    const script = `- run: 'sleep 2; head -c 400000000 /dev/zero > big.bin; sleep 600'`;
    const { requestId, place } = await begin('write a lot', { script });

    await expectEnd(requestId, 'agent-disk', [place]);
  });

  it('prints garbage in place of its protocol ends its run', async () => {
    const script = `- run: ${JSON.stringify(`sleep 2; python3 -c "$(echo ${Buffer.from(garbageWriter).toString('base64')} | base64 -d)"; sleep 600`)}`;
    const { requestId, place } = await begin('speak in tongues', { script });

    await expectEnd(requestId, 'agent-garbage', [place]);
  });

  it('makes its supervisor write lines that are no events ends its run', async () => {
    const { requestId, place } = await begin(program('sleep 600'));

    await appendFile(place.eventsFile, '{"type":"run.ended","emittedAtMs":1,"data":{"status":"succeeded"}}\n'.repeat(30));

    await expectEnd(requestId, 'agent-garbage', [place]);
  });

  it('has its event file truncated ends its run', async () => {
    const { requestId, place } = await begin(program('while :; do echo working; sleep 0.5; done'));
    await system.event(requestId, 'agent.delta');

    await truncate(place.eventsFile, 0);

    await expectEnd(requestId, 'tampered', [place]);
  });

  it('kills its supervisor is resumed once, and ends its run the second time', async () => {
    const { requestId, place: first } = await begin(program('sleep 600'));

    killExactly(first.supervisor);
    const second = await placeOf(requestId, 2);
    expect(remainsOf(first)).toEqual([]);
    killExactly(second.supervisor);

    await expectEnd(requestId, 'supervisor-gone', [first, second]);
    const events = await system.events(requestId);
    expect(events.filter((event) => event.type === 'run.attempt')).toHaveLength(2);
  });
});

describe('a change that holds a secret of its project', () => {
  const value = 'kept-from-everybody-0815';
  const leak = `printf '%s%s' '${value.slice(0, 9)}' '${value.slice(9)}' > found.txt`;

  async function submit(...lines: string[]): Promise<string> {
    const project = await system.project({ 'README.md': '# sample\n' }, { review: false });
    const at = { path: { projectId: project.projectId, name: 'DB_KEY' } };
    await unwrap(system.client.PUT('/api/projects/{projectId}/secrets/{name}', { params: at, body: { value } }));
    return system.submit(project.projectId, program(...lines), { executor: 'command' });
  }

  it('is refused by the name of the secret, and shown nowhere', async () => {
    const requestId = await submit(leak);
    const detail = await system.reach(requestId, 'BLOCKED');

    expect(detail.awaiting).toMatchObject({ kind: 'retry', reason: 'checkpoint-failed' });
    expect(detail.awaiting?.message).toContain('the change holds the value of a secret of the project: DB_KEY (found.txt); take it out');
    expect(detail.checkpoint).toBeNull();
    expect(JSON.stringify([detail, await system.events(requestId)])).not.toContain(value);
  });

  it('goes back to the agent, which takes it out where it works and keeps the rest', async () => {
    const requestId = await submit(leak, 'echo kept > kept.txt', "printf 'rm found.txt .again; exit 0' > .again");
    const detail = await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);

    expect(detail.checkpoint?.stat).toMatchObject({ files: 1, insertions: 1 });
    expect(events.filter((event) => event.type === 'run.attempt')).toHaveLength(1);
    expect(JSON.stringify(events.filter((event) => event.type === 'warning'))).toContain('DB_KEY (found.txt)');
    expect(JSON.stringify([detail, events])).not.toContain(value);
  });
});

describe('a workspace destroyed in the middle of a turn', () => {
  const script = program('if [ -f half.txt ]; then echo whole > whole.txt; exit 0; fi', 'echo half > half.txt', 'sleep 600');

  it.each<[string, (place: SeenPlace) => Promise<void>]>([
    ['its sandbox killed', async ({ init }) => killExactly(init)],
    [
      'its sandbox killed and its files removed',
      async ({ init, folder }) => {
        killExactly(init);
        await rm(`${folder}/record.json`);
      },
    ],
  ])('%s: the next attempt finishes the job from the last save', async (_, destroy) => {
    const { requestId, repository, place } = await begin(script);
    const untouched = await system.event(requestId, 'saved');
    // The first save is of the untouched base.
    await system.event(requestId, 'saved', (event) => event.data.commit !== untouched.data.commit);

    await destroy(place);

    await system.reach(requestId, 'PATCH_READY');
    const events = await system.events(requestId);
    assertDense(events);
    const attempts = events.filter((event) => event.type === 'run.attempt').map((event) => event.data.resumedFrom);
    expect(attempts).toEqual([null, expect.stringMatching(/^[0-9a-f]{40}$/)]);
    expect(attempts).not.toContain(untouched.data.commit);
    expect(remainsOf(place)).toEqual([]);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:half.txt`)).toBe('half');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:whole.txt`)).toBe('whole');
  });
});

describe('a run that took longer than it may', () => {
  it('is gone on with where it was cut off, when a person tries again', async () => {
    const script = program('if [ -f half.txt ]; then echo whole > whole.txt; exit 0; fi', 'echo half > half.txt', 'sleep 600');
    const { requestId, repository, place } = await begin(script, { executor: 'command' }, { wallClockMs: 6_000 });
    await expectEnd(requestId, 'wall-clock', [place]);

    await unwrap(system.client.POST('/api/requests/{requestId}/retry', { params: { path: { requestId } }, body: { comment: '' } }));

    await system.reach(requestId, 'PATCH_READY');
    const attempts = (await system.events(requestId)).filter((event) => event.type === 'run.attempt');
    expect(attempts.map((event) => event.data.resumedFrom)).toEqual([null, expect.stringMatching(/^[0-9a-f]{40}$/)]);
    await system.approve(requestId);
    const { mergeRequest } = await system.reach(requestId, 'MR_OPENED');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:half.txt`)).toBe('half');
    expect(await git(repository, 'show', `${mergeRequest?.branch}:whole.txt`)).toBe('whole');
  });
});
