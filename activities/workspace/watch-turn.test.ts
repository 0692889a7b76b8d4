import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { getMessages } from '../../db/messages.ts';
import { updateRun } from '../../db/runs.ts';
import { llmCalls } from '../../db/schema.ts';
import { placeWorkspace } from '../../db/workspace-places.ts';
import { getWorkspace } from '../../db/workspaces.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { EventData, SupervisorEvent } from '../../workflows/contracts/events.ts';
import { placeLostReasons, type FailureReason, type RunInput, type TurnOutcome } from '../../workflows/contracts/run.ts';
import type { WorkspaceState } from '../../workspace/port.ts';
import type { FakeWorkspace } from '../testing/fake-provisioner.ts';
import { requestInput, runInput } from '../testing/samples.ts';
import { openWorld, testEnvironment, workspaceRef, type World } from '../testing/world.ts';
import { createDeliver } from './deliver.ts';
import { createWatchTurn } from './watch-turn.ts';

const ended: EventData<'turn.completed'> = {
  status: 'completed',
  threadId: 't1',
  tipCommit: 'a'.repeat(40),
  sessionArtifactId: 's1',
  warnings: [],
  lastMessage: 'done',
  reason: null,
  error: null,
};

function event<T extends SupervisorEvent['type']>(type: T, data: EventData<T>): SupervisorEvent {
  return { type, emittedAtMs: Date.now(), data } as SupervisorEvent;
}

describe('watchTurn', () => {
  let world: World;
  let run: RunInput;
  let count = 0;

  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    count += 1;
    const requestId = `01890000-0000-7000-8000-${String(count).padStart(12, '0')}`;
    run = runInput({
      request: requestInput({ requestId, projectId: `p${count}` }),
      messages: [{ messageId: `m${count}`, kind: 'prompt', author: null }],
      createdAtMs: Date.now(),
    });
    await world.seed(run);
  });

  const turn = () => `${run.runId}-a1-t1`;

  async function place(): Promise<FakeWorkspace> {
    const { tenantId, requestId } = run.request;
    const row = { tenantId, workspaceId: `${run.runId}-a1`, requestId, runId: run.runId, attempt: 1, hostId: 'h1', provisioner: 'fake' };
    await world.database.withTenant(tenantId, (tx) =>
      placeWorkspace(tx, { ...row, purpose: 'agent', state: 'active', baseCommit: 'b'.repeat(40), leaseMs: 60_000 }),
    );
    await announce(turn());
    return world.provisioner.add(`${run.runId}-a1`);
  }

  function announce(messageId: string): Promise<void> {
    const { tenantId, requestId } = run.request;
    const data = { messageId, kind: 'turn' as const, questionId: null };
    const scope = { tenantId, requestId, runId: run.runId, attempt: 1 };
    return world.deps.runLog.append(scope, [{ type: 'message.delivered', emittedAtMs: Date.now(), data }], `turn.${messageId}`);
  }

  function watch(environment = testEnvironment(), turnMessageId = turn()): Promise<TurnOutcome> {
    return environment.run(createWatchTurn(world.deps), { run, workspace: workspaceRef(run), turnMessageId });
  }

  const types = async () => (await world.events(run)).map((line) => line.type).filter((type) => type !== 'message.delivered');

  it('logs what the workspace writes once and in order, and answers the end with the metered usage', async () => {
    const workspace = await place();
    const { tenantId, requestId } = run.request;
    const call = { tenantId, requestId, runId: run.runId, workspaceId: workspace.workspaceId, model: 'm', upstream: 'u' };
    await world.database.withTenant(tenantId, (tx) =>
      tx
        .insert(llmCalls)
        .values({ ...call, callId: `call-${count}`, state: 'completed', inputTokens: 10, cachedInputTokens: 4, outputTokens: 3 }),
    );
    workspace.emit(event('turn.started', { turnId: '1', threadId: null }), event('agent.message', { itemId: 'i', text: 'hello' }));
    setTimeout(() => workspace.emit(event('turn.completed', ended)), 60);

    const outcome = await watch();

    expect(outcome).toMatchObject({
      kind: 'completed',
      lastMessage: 'done',
      usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 3 },
    });
    expect(await types()).toEqual(['turn.started', 'agent.message', 'turn.completed']);
  });

  it('finalises what a completed turn left, once more after its watcher died, and leaves what fails to the workflow', async () => {
    const workspace = await place();
    const { tenantId } = run.request;
    await world.database.withTenant(tenantId, (tx) => updateRun(tx, run.runId, { baseCommit: 'b'.repeat(40) }));
    workspace.emit(event('turn.completed', ended));
    world.git.failNext.finalise = new DomainError('transient', 'gateway-unreachable', 'gateway: no answer');

    const outcomes = [await watch(), await watch(), await watch()];

    const commit = `f${ended.tipCommit?.slice(1)}`;
    const finalised = expect.objectContaining({
      unchanged: false,
      checkpoint: expect.objectContaining({ commit, sessionArtifactId: 's1' }),
    });
    expect(outcomes.map((outcome) => 'finalised' in outcome)).toEqual([false, true, true]);
    expect(outcomes[1]).toMatchObject({ finalised });
    expect(outcomes[2]).toEqual(outcomes[1]);
    expect(await types()).toEqual(['turn.completed', 'checkpoint.created']);
  });

  it('finalises nothing of a plan', async () => {
    run = { ...run, purpose: 'plan' };
    const workspace = await place();
    workspace.emit(event('turn.completed', ended));

    expect(await watch()).not.toHaveProperty('finalised');
    expect(await types()).toEqual(['turn.completed']);
  });

  it('goes on where a killed watcher stopped, without losing or repeating a line', async () => {
    const workspace = await place();
    workspace.emit(event('agent.message', { itemId: '1', text: 'one' }));
    const first = testEnvironment();
    const dying = watch(first);
    await waitFor(async () => (await types()).length === 1);
    first.cancel('TIMED_OUT');
    await expect(dying).rejects.toMatchObject({ code: 'watcher-stopped' });
    workspace.emit(event('agent.message', { itemId: '2', text: 'two' }), event('turn.completed', ended));

    const outcome = await watch();

    expect(outcome.kind).toBe('completed');
    expect(await types()).toEqual(['agent.message', 'agent.message', 'turn.completed']);
    expect(world.provisioner.destroyed).not.toContain(workspace.workspaceId);
  });

  it('answers an end that was logged before its watcher died, also when the place is gone since', async () => {
    const workspace = await place();
    workspace.emit(event('message.steered', { messageId: 'm9' }), event('turn.completed', ended));
    await watch();
    await world.provisioner.destroy(workspace.workspaceId);

    const outcome = await watch();

    expect(outcome).toMatchObject({ kind: 'completed', tipCommit: ended.tipCommit, steeredMessageIds: ['m9'] });
  });

  it('does not take the end of an earlier turn for the end of the repair', async () => {
    const workspace = await place();
    workspace.emit(event('turn.completed', ended));
    await watch();
    await announce(`${run.runId}-a1-t2`);
    setTimeout(() => workspace.emit(event('turn.completed', { ...ended, lastMessage: 'repaired' })), 50);

    const outcome = await watch(testEnvironment(), `${run.runId}-a1-t2`);

    expect(outcome).toMatchObject({ kind: 'completed', lastMessage: 'repaired' });
  });

  it('asks a question once, and goes on after its answer', async () => {
    const workspace = await place();
    workspace.emit(event('question.asked', { questionId: 'q1', questions: [] }));

    const asked = await watch();
    const askedAgain = await watch();
    await createDeliver(world.deps)({
      workspace: workspaceRef(run),
      message: { kind: 'answer', deliveryId: 'q1-answer', questionId: 'q1', answers: { a: ['b'] } },
    });
    setTimeout(() => workspace.emit(event('question.answered', { questionId: 'q1', answers: {} }), event('turn.completed', ended)), 50);
    const outcome = await watch();

    expect([asked.kind, askedAgain.kind, outcome.kind]).toEqual(['question', 'question', 'completed']);
    expect(workspace.delivered).toEqual([{ kind: 'answer', messageId: 'q1-answer', questionId: 'q1', answers: { a: ['b'] } }]);
  });

  it('interrupts a cancelled turn, then destroys its place', async () => {
    const workspace = await place();
    const environment = testEnvironment();
    workspace.onDeliver = (message) => {
      if (message.kind === 'interrupt') workspace.emit(event('turn.completed', { ...ended, status: 'interrupted' }));
    };
    const watching = watch(environment);
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));

    environment.cancel('CANCELLED');

    await expect(watching).rejects.toThrow(CancelledFailure);
    expect(workspace.delivered.map((message) => message.kind)).toEqual(['interrupt']);
    expect(world.provisioner.destroyed).toContain(workspace.workspaceId);
    expect(await types()).toContain('turn.completed');
  });

  it('destroys the place of a cancelled agent that does not obey', async () => {
    const workspace = await place();
    const environment = testEnvironment();
    const watching = watch(environment);
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));

    environment.cancel('CANCELLED');

    await expect(watching).rejects.toThrow(CancelledFailure);
    expect(world.provisioner.destroyed).toContain(workspace.workspaceId);
  });

  it('leaves the agent at work when its own process stops', async () => {
    const workspace = await place();
    const environment = testEnvironment();
    const watching = watch(environment);
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));

    environment.cancel('WORKER_SHUTDOWN');

    await expect(watching).rejects.toMatchObject({ code: 'watcher-stopped', kind: 'transient' });
    expect(workspace.delivered).toEqual([]);
    expect(world.provisioner.destroyed).not.toContain(workspace.workspaceId);
  });

  it('goes on at its offset when its place could not be reached for a while', async () => {
    const workspace = await place();
    workspace.emit(event('agent.message', { itemId: '1', text: 'one' }));
    const watching = watch();
    await waitFor(async () => (await types()).length === 1);
    await goAway(workspace);

    workspace.emit(event('agent.message', { itemId: '2', text: 'two' }), event('turn.completed', ended));
    world.provisioner.away = null;

    expect(await watching).toMatchObject({ kind: 'completed' });
    expect(await types()).toEqual(['agent.message', 'agent.message', 'turn.completed']);
  });

  it('tells why, and what to do, when its place stays out of reach', async () => {
    const workspace = await place();
    world.deps.settings.placePatienceMs = 1;
    const watching = watch();
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));
    await goAway(workspace);

    const outcome = await watching;
    world.deps.settings.placePatienceMs = 300_000;
    world.provisioner.away = null;

    expect(outcome).toMatchObject({ kind: 'failed', reason: 'place-unreachable' });
    expect(outcome).toHaveProperty('message', expect.stringMatching(/could not be reached.*the server does not answer; start it.*retry/));
  });

  it('takes a place that is away for no silent agent', async () => {
    const workspace = await place();
    run = { ...run, request: { ...run.request, limits: { ...run.request.limits, inactivityMs: 1 } } };
    let nowMs = Date.now();
    world.deps.now = () => nowMs;
    const watching = watch();
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));
    await goAway(workspace);

    nowMs += 60_000;
    const { foundAway } = world.provisioner;
    await waitFor(async () => world.provisioner.foundAway > foundAway + 2);
    workspace.emit(event('turn.completed', ended));
    world.provisioner.away = null;

    expect(await watching).toMatchObject({ kind: 'completed' });
    world.deps.now = Date.now;
  });

  it('lets a cancelled turn end whose place cannot be reached', async () => {
    const workspace = await place();
    const environment = testEnvironment();
    const watching = watch(environment);
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));
    await goAway(workspace);

    environment.cancel('CANCELLED');

    await expect(watching).rejects.toThrow(CancelledFailure);
    world.provisioner.away = null;
    expect(await world.provisioner.list()).toContain(workspace.workspaceId);
  });

  async function goAway(workspace: FakeWorkspace): Promise<void> {
    const before = world.provisioner.foundAway;
    world.provisioner.away = new DomainError('transient', 'kubernetes-unreachable', 'watch: the server does not answer; start it');
    workspace.breakTail(world.provisioner.away);
    await waitFor(async () => world.provisioner.foundAway > before);
  }

  it.each<[string, Partial<WorkspaceState>, FailureReason]>([
    ['the supervisor died', { exitCode: 137 }, 'supervisor-gone'],
    ['memory ran out', { reason: 'agent-memory' }, 'agent-memory'],
    ['nothing is left', { status: 'gone' }, 'place-lost'],
    ['its machine is lost', { lost: 'the node n1 was lost' }, 'place-lost'],
  ])('tells that %s', async (_name, state, reason) => {
    const workspace = await place();
    workspace.emit(event('agent.message', { itemId: 'i', text: 'last words' }));
    workspace.end(state);

    const outcome = await watch();

    expect(outcome).toMatchObject({ kind: 'failed', reason });
    const loss = placeLostReasons.includes(reason) ? ['warning'] : [];
    expect(await types()).toEqual(['agent.message', ...loss]);
  });

  it('tells people once how a place was lost, however often that is found', async () => {
    const workspace = await place();
    workspace.end({ lost: 'the node n1 was lost' });

    await watch();
    await watch();

    const warnings = (await world.events(run)).filter(({ type }) => type === 'warning');
    expect(warnings.map(({ data }) => data)).toEqual([{ message: 'the node n1 was lost; the work goes on from its last save' }]);
  });

  it('tells that the place is lost when nobody knows it', async () => {
    expect(await watch()).toMatchObject({ kind: 'failed', reason: 'place-lost' });
  });

  it('tells of a limit that the supervisor saw broken', async () => {
    const workspace = await place();
    workspace.emit(event('limit.exceeded', { reason: 'agent-disk', message: 'the disk is full' }));
    workspace.emit(event('turn.completed', { ...ended, status: 'interrupted' }));

    expect(await watch()).toMatchObject({ kind: 'failed', reason: 'agent-disk', message: 'the disk is full' });
  });

  it('ends an attempt that writes garbage, warning once', async () => {
    const workspace = await place();
    const forged = `${JSON.stringify({ type: 'run.ended', emittedAtMs: 1, data: { status: 'succeeded', reason: null, message: '' } })}\n`;
    workspace.write(`${'x'.repeat(5_000)}\n`.repeat(30) + forged);

    const outcome = await watch();

    expect(outcome).toMatchObject({ kind: 'failed', reason: 'agent-garbage' });
    expect(await types()).toEqual(['warning']);
  });

  it('ends an attempt whose event file shrank', async () => {
    const workspace = await place();
    workspace.emit(event('agent.message', { itemId: 'i', text: 'a long enough line' }));
    const watching = watch();
    await waitFor(async () => (await types()).length === 1);

    workspace.truncate(3);

    expect(await watching).toMatchObject({ kind: 'failed', reason: 'tampered' });
  });

  it('gives way to a newer watcher', async () => {
    const workspace = await place();
    const older = watch();
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));
    const { tenantId, requestId } = run.request;
    const moved = { workspaceId: workspace.workspaceId, startOffset: 0, endOffset: 1, events: [] };
    await world.deps.runLog.appendTail({ tenantId, requestId, runId: run.runId, attempt: 1 }, moved);

    workspace.emit(event('agent.message', { itemId: 'i', text: 'x' }));

    await expect(older).rejects.toMatchObject({ code: 'newer-watcher', kind: 'transient' });
    expect(await types()).toEqual([]);
  });

  it('stores saves where the next attempt resumes, and how messages reached the agent', async () => {
    const workspace = await place();
    const saved = { commit: 'c'.repeat(40), sessionArtifactId: 's2', threadId: 't1' };
    workspace.emit(event('saved', saved), event('message.steered', { messageId: `m${count}` }));
    workspace.end({ status: 'gone' });

    await watch();

    const { tenantId } = run.request;
    const row = await world.database.withTenant(tenantId, (tx) => getWorkspace(tx, workspace.workspaceId));
    const [message] = await world.database.withTenant(tenantId, (tx) => getMessages(tx, [`m${count}`]));
    expect(row?.save).toEqual({ ...saved, bundleArtifactId: `bundle-${saved.commit}` });
    expect(message).toMatchObject({ disposition: 'steered', runId: run.runId });
  });

  it('stores the work of a turn that was cut off, also after its watcher died, and none of one that failed by itself', async () => {
    const workspace = await place();
    const cut = { ...ended, status: 'failed' as const, reason: 'wall-clock' as const };
    const savedCommit = async () =>
      (await world.database.withTenant(run.request.tenantId, (tx) => getWorkspace(tx, workspace.workspaceId)))?.save?.commit;
    workspace.emit(event('turn.completed', { ...ended, status: 'failed', reason: 'agent-exit' }));
    await watch();
    const ofFailed = await savedCommit();
    await announce(`${run.runId}-a1-t2`);
    workspace.emit(event('turn.completed', cut));
    world.git.failNext.save = new DomainError('transient', 'gateway-unreachable', 'gateway: no answer');

    await watch(testEnvironment(), `${run.runId}-a1-t2`);
    const ofDead = await savedCommit();
    await watch(testEnvironment(), `${run.runId}-a1-t2`);

    expect([ofFailed, ofDead, await savedCommit()]).toEqual([undefined, undefined, cut.tipCommit]);
  });

  it.each([
    ['a secret in it', 'secret-in-change', () => 'it holds DB_KEY (a.txt)'],
    ['its size', 'artifact-too-large', (tries: number) => `it is ${300 + tries} MiB`],
  ])('tells people, once for each reason, that the work is not saved for %s', async (_what, code, words) => {
    const workspace = await place();
    const saved = { sessionArtifactId: null, threadId: null };
    let tries = 0;
    world.git.save = () => Promise.reject(new DomainError('permanent', code, words(tries++)));
    workspace.emit(event('saved', { ...saved, commit: 'c'.repeat(40) }), event('saved', { ...saved, commit: 'd'.repeat(40) }));
    workspace.end({ status: 'gone' });

    try {
      await watch();
    } finally {
      Reflect.deleteProperty(world.git, 'save');
    }

    const warnings = (await world.events(run)).filter(({ type }) => type === 'warning');
    expect(warnings.map(({ data }) => data)).toEqual([
      { message: `the work is not saved: ${words(0)}` },
      { message: expect.stringContaining('the workspace is gone') },
    ]);
  });

  it('ends a turn whose supervisor missed its wall clock', async () => {
    const workspace = await place();
    run = { ...run, request: { ...run.request, limits: { ...run.request.limits, wallClockMs: 1 } } };
    let nowMs = Date.now();
    world.deps.now = () => nowMs;
    workspace.onDeliver = () => workspace.emit(event('turn.completed', { ...ended, status: 'interrupted' }));
    const watching = watch();
    await waitFor(async () => world.deps.watches.has(workspace.workspaceId));

    nowMs += 60_000;
    const outcome = await watching;
    world.deps.now = Date.now;

    expect(outcome).toMatchObject({ kind: 'failed', reason: 'wall-clock' });
    expect(world.provisioner.destroyed).toContain(workspace.workspaceId);
  });
});

async function waitFor(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen');
}
