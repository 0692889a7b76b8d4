import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listActivity } from '../db/activity.ts';
import { listGates } from '../db/gates.ts';
import { getMessages, insertMessage, setDisposition } from '../db/messages.ts';
import { getRequest } from '../db/requests.ts';
import { listSlots } from '../db/slots.ts';
import { getRun } from '../db/runs.ts';
import { placeWorkspace, takeIdleWorkspace } from '../db/workspace-places.ts';
import { getWorkspace } from '../db/workspaces.ts';
import type { NewEvent } from '../workflows/contracts/events.ts';
import type { Gate, RequestSnapshot, Stage } from '../workflows/contracts/request.ts';
import type { RunInput, RunResult } from '../workflows/contracts/run.ts';
import { createProjectionActivities } from './projection.ts';
import { requestInput, runInput } from './testing/samples.ts';
import { openWorld, workspaceRef, type World } from './testing/world.ts';
import { dropRepository } from './workspace/release.ts';
import { requestSnapshot } from '../workflows/testing/fixtures.ts';

const noUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

describe('projection', () => {
  let world: World;
  let signalled: string[];
  /** Which run of the workflow calls, and which one Temporal says is the current one. */
  let caller = 'run-a';
  let current: string | null = 'run-a';
  let activities: ReturnType<typeof createProjectionActivities>;
  const runs: RunInput[] = [];

  beforeAll(async () => {
    world = await openWorld();
    signalled = [];
    const { database, runLog, logger } = world.deps;
    const signalSlotGranted = async (runId: string) => void signalled.push(runId);
    activities = createProjectionActivities({
      database,
      runLog,
      logger,
      signalSlotGranted,
      dropRun: (runId) => dropRepository(world.deps, runId),
      idleWorkspaceMs: 600_000,
      callerRunId: () => caller,
      currentRun: () => Promise.resolve(current),
      now: Date.now,
    });
    for (let n = 1; n <= 3; n++) {
      const requestId = `01890000-0000-7000-8002-${String(n).padStart(12, '0')}`;
      const request = requestInput({ requestId, projectId: `pp${n}`, promptMessageId: `pm${n}` });
      runs.push(
        runInput({ runId: `${requestId}-9`, request, messages: [{ messageId: `pm${n}`, kind: 'prompt', author: request.requester }] }),
      );
    }
    // The runs of `seed` are others: beginRun makes its own.
    for (const run of runs) await world.seed({ ...run, runId: `${run.request.requestId}-1` });
  });
  afterAll(() => world.close());

  const run = (n: number) => {
    const found = runs[n - 1];
    if (!found) throw new Error('no such run');
    return found;
  };

  function result(input: RunInput, over: Partial<RunResult> = {}): RunResult {
    const empty = {
      reason: null,
      message: '',
      attempts: 1,
      checkpoint: null,
      unchanged: false,
      plan: null,
      checks: [],
      handledMessageIds: [],
    };
    return { runId: input.runId, status: 'succeeded', ...empty, ...over };
  }

  it('grants slots up to the tenant’s number, queues the next run and signals it when one ends, however often each step is tried', async () => {
    const slots = [];
    for (const n of [1, 2, 3]) slots.push((await activities.beginRun({ run: run(n) })).slot);
    const again = await activities.beginRun({ run: run(3) });
    const waiting = await world.database.withTenant('default', (tx) => getRun(tx, run(3).runId));
    await activities.endRun({ run: run(1), result: result(run(1)), usage: noUsage });
    await activities.endRun({ run: run(1), result: result(run(1), { status: 'failed' }), usage: noUsage });
    const granted = await activities.beginRun({ run: run(3) });

    expect(slots).toEqual(['granted', 'granted', 'queued']);
    expect([again.slot, waiting?.status, granted.slot]).toEqual(['queued', 'waiting', 'granted']);
    expect(new Set(signalled)).toEqual(new Set([run(3).runId]));
    const ended = await world.database.withTenant('default', (tx) => getRun(tx, run(1).runId));
    expect(ended).toMatchObject({ status: 'succeeded' });
    const events = (await world.events(run(1))).map((event) => event.type);
    expect(events).toEqual(['run.started', 'run.ended']);
    const [message] = await world.database.withTenant('default', (tx) => getMessages(tx, ['pm1']));
    expect(message).toMatchObject({ disposition: 'carried', runId: run(1).runId });
  });

  it('removes the repository of a run that ended without a workspace to keep, and of no other', () => {
    const dropped = world.git.inputs('dropRun');

    expect(dropped).toContain(run(1).runId);
    expect(dropped).not.toContain(run(3).runId);
  });

  it('takes nothing for a run that has ended, as after a reset to before it', async () => {
    const held = () => world.database.withTenant('default', listSlots);
    const before = await held();

    const { slot } = await activities.beginRun({ run: run(1) });

    expect(slot).toBe('used');
    expect(await held()).toEqual(before);
  });

  function snapshot(version: number, over: Partial<RequestSnapshot['status']> = {}): RequestSnapshot {
    const { request } = run(2);
    const carried = [{ messageId: 'pm2', kind: 'prompt' as const, author: request.requester }];
    const status = { stage: 'PATCH_READY' as const, runCount: 1, updatedAtMs: 5_000 + version, ...over };
    return { ...requestSnapshot(request, { epoch: 0, version }, status), carried };
  }

  it('stores the latest snapshot whatever the order, and every event, message and act once', async () => {
    const gate: Gate = {
      gateId: 'g1',
      subject: { kind: 'commit', id: 'c' },
      rule: run(2).request.gates.patch,
      status: 'approved',
      openedAtMs: 1,
      expiresAtMs: null,
      closedAtMs: 2,
      checks: [],
      decisions: [{ decisionId: 'd1', vote: 'approve', by: null, rule: 'pre-approved', comment: '', atMs: 1, superseded: false }],
    };
    const [decision] = gate.decisions;
    if (!decision) throw new Error('a decision is there');
    const later: NewEvent[] = [{ type: 'gate.decision', emittedAtMs: 3, data: { gateId: 'g1', decision } }];
    const earlier: NewEvent[] = [{ type: 'request.stage', emittedAtMs: 2, data: { from: 'RECEIVED', to: 'EXECUTING', reason: null } }];

    await activities.project({ snapshot: snapshot(3, { gate }), events: later });
    await activities.project({ snapshot: snapshot(1, { stage: 'EXECUTING' }), events: earlier });
    await activities.project({ snapshot: snapshot(3, { gate }), events: later });

    const { requestId } = run(2).request;
    const [row, gates, acts] = await world.database.withTenant('default', async (tx) => [
      await getRequest(tx, requestId),
      await listGates(tx, requestId),
      await listActivity(tx, { requestId, limit: 10 }),
    ]);
    expect(row).toMatchObject({ stage: 'PATCH_READY', version: 3 });
    expect(gates).toHaveLength(1);
    expect(acts.items.map((act) => act.verb)).toEqual(['request.approved']);
    const types = (await world.events(run(2))).map((event) => event.type);
    expect(types.filter((type) => !type.startsWith('run.'))).toEqual([
      'request.submitted',
      'request.message',
      'gate.decision',
      'request.stage',
    ]);
  });

  it('raises the epoch after a reset, so that the earlier state of the new run holds, and ignores the run that was reset', async () => {
    const { requestId } = run(2).request;
    const stored = () => world.database.withTenant('default', (tx) => getRequest(tx, requestId));
    const stage = (from: Stage, to: Stage): NewEvent[] => [{ type: 'request.stage', emittedAtMs: 9, data: { from, to, reason: null } }];
    const before = await activities.project({ snapshot: snapshot(10, { stage: 'MR_OPENED' }), events: [] });
    [caller, current] = ['run-b', 'run-b'];
    const events = stage('PATCH_READY', 'BLOCKED');
    const first = await activities.project({ snapshot: snapshot(6, { stage: 'BLOCKED' }), events });
    const again = await activities.project({ snapshot: snapshot(6, { stage: 'BLOCKED' }), events });
    const afterReset = await stored();
    caller = 'run-a';
    const late = await activities.project({ snapshot: snapshot(11, { stage: 'REVIEWED' }), events: [] });
    const afterLate = await stored();
    caller = 'run-b';
    await activities.project({ snapshot: { ...snapshot(7, { stage: 'PATCH_READY' }), epoch: 1 }, events: [] });
    // After continue-as-new another run has the same state: no reset.
    [caller, current] = ['run-c', 'run-c'];
    const continued = await activities.project({ snapshot: { ...snapshot(7, { stage: 'PATCH_READY' }), epoch: 1 }, events: [] });
    const atEnd = await stored();
    [caller, current] = ['run-a', 'run-a'];

    expect([before?.epoch, first?.epoch, again?.epoch, late?.epoch, continued?.epoch]).toEqual([0, 1, 1, 0, 1]);
    expect(afterReset).toMatchObject({ stage: 'BLOCKED', epoch: 1, version: 6 });
    expect(afterLate).toMatchObject({ stage: 'BLOCKED', epoch: 1, version: 6 });
    expect(atEnd).toMatchObject({ stage: 'PATCH_READY', epoch: 1, version: 7, snapshot: { writtenBy: 'run-c' } });
    const blocked = (await world.events(run(2))).filter((event) => event.type === 'request.stage' && event.data.to === 'BLOCKED');
    expect(blocked).toHaveLength(1);
  });

  it('lays the workspace aside with the end of its run, and takes it from no later run when that is repeated', async () => {
    const { tenantId, requestId } = run(3).request;
    const layAside = workspaceRef(run(3));
    const { workspaceId } = layAside;
    const place = { tenantId, workspaceId, requestId, runId: run(3).runId, attempt: 1, hostId: 'h1', provisioner: 'fake' };
    await world.database.withTenant(tenantId, (tx) =>
      placeWorkspace(tx, { ...place, purpose: 'agent', state: 'active', baseCommit: 'b'.repeat(40), leaseMs: 60_000 }),
    );
    const stored = () => world.database.withTenant(tenantId, (tx) => getWorkspace(tx, workspaceId));
    const end = { run: run(3), result: result(run(3)), usage: noUsage, layAside };

    await activities.endRun(end);
    const ended = await stored();
    const taker = { runId: 'later', attempt: 1, baseCommit: 'b'.repeat(40), leaseMs: 60_000 };
    const taken = await world.database.withTenant(tenantId, (tx) => takeIdleWorkspace(tx, workspaceId, taker));
    await activities.endRun(end);

    expect(ended).toMatchObject({ state: 'idle', runId: null });
    expect(taken).toBe(true);
    expect(await stored()).toMatchObject({ state: 'active', runId: 'later' });
    expect(world.git.inputs('dropRun')).toContain(run(3).runId);
  });

  it('logs a withdrawal once, however often it is tried, and none of a message that the agent has', async () => {
    const { tenantId, requestId } = run(3).request;
    const message = { tenantId, requestId, kind: 'chat' as const, body: 'words' };
    await world.database.withTenant(tenantId, async (tx) => {
      for (const messageId of ['w1', 'w2']) await insertMessage(tx, { ...message, messageId });
      await setDisposition(tx, ['w2'], 'steered', run(3).runId);
    });
    const input = { tenantId, requestId, by: 'Ada' };

    const answers = [];
    for (const messageId of ['w1', 'w1', 'w2']) answers.push((await activities.withdrawMessage({ ...input, messageId })).disposition);

    expect(answers).toEqual(['withdrawn', 'withdrawn', 'steered']);
    const told = (await world.events(run(3))).filter((event) => event.type === 'message.withdrawn').map((event) => event.data);
    expect(told).toEqual([{ messageId: 'w1', by: 'Ada' }]);
  });
});
