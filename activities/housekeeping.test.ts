import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { answerIdempotencyKey, claimIdempotencyKey } from '../db/idempotency.ts';
import { heartbeatHost } from '../db/hosts.ts';
import { listLlmCalls, startLlmCall } from '../db/llm-calls.ts';
import type { Tx } from '../db/port.ts';
import { insertRequest, storeSnapshot } from '../db/requests.ts';
import { getRun } from '../db/runs.ts';
import { acquireSlot, listSlots } from '../db/slots.ts';
import { getWorkspace, insertWorkspace } from '../db/workspaces.ts';
import type { Logger } from '../config/logger.ts';
import { initialState } from '../workflows/change-request/state.ts';
import { workflowIds } from '../workflows/contracts/ids.ts';
import type { RunInput } from '../workflows/contracts/run.ts';
import { createHousekeepingActivities, type HousekeepingDependencies, type WorkflowPresence } from './housekeeping.ts';
import { requestInput, runInput } from './testing/samples.ts';
import { openWorld, type World } from './testing/world.ts';

let world: World;
let presences: Map<string, WorkflowPresence>;
let signalled: string[];
let reprojected: string[];
let openRuns: Map<string, string>;
let count = 0;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  presences = new Map();
  signalled = [];
  reprojected = [];
  openRuns = new Map();
});

const asTenant = <T>(work: (tx: Tx) => Promise<T>) => world.database.withTenant('default', work);
const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000;

/** A seeded run of a tenant of its own project, created `minutes` ago, whose workflows Temporal says are `presence`. */
async function aRun(minutes: number, presence: WorkflowPresence): Promise<RunInput> {
  count += 1;
  const requestId = `01890000-0000-7000-8004-${String(count).padStart(12, '0')}`;
  const request = requestInput({ requestId, projectId: `h${count}`, submittedAtMs: minutesAgo(minutes) });
  const run = runInput({ request, messages: [], createdAtMs: minutesAgo(minutes) });
  await world.seed(run);
  presences.set(workflowIds.run(run.runId), presence);
  presences.set(workflowIds.request(requestId), 'running');
  return run;
}

function housekeep(over: Partial<HousekeepingDependencies> = {}): Promise<Record<string, number>> {
  const { database, runLog, git, logger } = world.deps;
  return createHousekeepingActivities({
    database,
    runLog,
    git,
    logger,
    presence: async (workflowId) => presences.get(workflowId) ?? 'running',
    openRequests: async () => openRuns,
    signalSlotGranted: async (runId) => void signalled.push(runId),
    signalReproject: async (requestId) => void reprojected.push(requestId),
    now: Date.now,
    ...over,
  }).housekeep();
}

describe('runs', () => {
  const runRow = (run: RunInput) => asTenant((tx) => getRun(tx, run.runId));

  it('ends those whose workflow is gone, says so in the request’s log once, and leaves the others alone', async () => {
    const [lost, terminated, alive, fresh] = [
      await aRun(10, 'unknown'),
      await aRun(10, 'closed'),
      await aRun(10, 'running'),
      await aRun(1, 'unknown'),
    ];

    const first = await housekeep();
    const second = await housekeep();

    expect([first['abandonedRuns'], second['abandonedRuns']]).toEqual([2, 0]);
    for (const run of [lost, terminated]) expect(await runRow(run)).toMatchObject({ status: 'failed', reason: 'internal' });
    expect(world.git.inputs('dropRun')).toEqual(expect.arrayContaining([lost.runId, terminated.runId]));
    for (const run of [alive, fresh]) {
      expect(await runRow(run)).toMatchObject({ status: 'waiting', endedAt: null });
      expect(world.git.inputs('dropRun')).not.toContain(run.runId);
    }
    expect((await world.events(lost)).filter((event) => event.type === 'run.ended')).toHaveLength(1);
  });

  it('ends none while Temporal does not answer, and does the other steps nevertheless', async () => {
    const run = await aRun(10, 'unknown');
    const key = { tenantId: 'default', principalId: 'p-ada', key: `k${count}` };
    await asTenant((tx) => claimIdempotencyKey(tx, { ...key, bodyHash: 'h' }));
    await asTenant((tx) => answerIdempotencyKey(tx, key, 200, {}));
    await asTenant((tx) => tx.execute(sql`update idempotency_keys set created_at = now() - interval '25 hours'`));

    const done = await housekeep({ presence: () => Promise.reject(new Error('Temporal is away')) });

    expect(await runRow(run)).toMatchObject({ status: 'waiting', endedAt: null });
    expect(done).toMatchObject({ idempotencyKeys: 1, lostModelCalls: 0, lostWorkspaces: 0 });
    expect(done['failedSteps']).toBeGreaterThan(0);
    expect(done['abandonedRuns']).toBeUndefined();
    presences.set(workflowIds.run(run.runId), 'unknown');
    await housekeep();
  });
});

describe('slots', () => {
  it('go from a dead run whose lease lapsed to the one that waits, never from a run that works', async () => {
    const [dead, alive, waiting] = [await aRun(1, 'unknown'), await aRun(1, 'running'), await aRun(1, 'running')];
    for (const { runId } of [dead, alive]) await asTenant((tx) => acquireSlot(tx, { tenantId: 'default', holder: runId, leaseMs: -1 }));
    await asTenant((tx) => acquireSlot(tx, { tenantId: 'default', holder: waiting.runId, leaseMs: -1 }));

    const done = await housekeep();

    const held = await world.database.asHousekeeper(listSlots);
    expect(done['expiredSlots']).toBe(1);
    expect(held.filter((slot) => slot.grantedAt !== null).map((slot) => slot.holder)).toEqual([alive.runId, waiting.runId]);
    expect(signalled).toContain(waiting.runId);
    expect(signalled).not.toContain(dead.runId);
  });

  it('stay with a run at work whose lease lapses while others are asked after', async () => {
    await asTenant((tx) => tx.execute(sql`delete from slots`));
    const [dead, alive] = [await aRun(1, 'unknown'), await aRun(1, 'running')];
    await asTenant((tx) => acquireSlot(tx, { tenantId: 'default', holder: dead.runId, leaseMs: -1 }));
    await asTenant((tx) => acquireSlot(tx, { tenantId: 'default', holder: alive.runId, leaseMs: 60_000 }));

    await housekeep({
      async presence(workflowId) {
        await asTenant((tx) =>
          tx.execute(sql`update slots set lease_until = clock_timestamp() - interval '1 minute' where holder = ${alive.runId}`),
        );
        return presences.get(workflowId) ?? 'running';
      },
    });

    const holders = (await world.database.asHousekeeper(listSlots)).map((slot) => slot.holder);
    expect(holders).toContain(alive.runId);
    expect(holders).not.toContain(dead.runId);
  });
});

describe('workspaces and model calls', () => {
  /** A workspace of a run, its lease over for `lapsedMinutes`. */
  async function workspace(run: RunInput, hostId: string, over: { state: 'active' | 'ended'; lapsedMinutes: number }): Promise<string> {
    const workspaceId = `${run.runId}-a1`;
    const { requestId } = run.request;
    const row = { tenantId: 'default', workspaceId, requestId, runId: run.runId, hostId, provisioner: 'fake', purpose: 'agent' as const };
    await asTenant((tx) =>
      insertWorkspace(tx, { ...row, state: over.state, attempt: 1, baseCommit: 'b'.repeat(40), leaseMs: -over.lapsedMinutes * 60_000 }),
    );
    return workspaceId;
  }

  const stateOf = async (workspaceId: string) => (await asTenant((tx) => getWorkspace(tx, workspaceId)))?.state;

  it('closes the workspaces of a machine that is gone, and never those of one that lives', async () => {
    await asTenant((tx) => heartbeatHost(tx, { hostId: 'living', name: 'living', provisioner: 'fake' }));
    await asTenant((tx) => heartbeatHost(tx, { hostId: 'silent', name: 'silent', provisioner: 'fake' }));
    await asTenant((tx) => tx.execute(sql`update hosts set heartbeat_at = now() - interval '11 minutes' where host_id = 'silent'`));
    const [a, b, c, d] = [await aRun(1, 'running'), await aRun(1, 'running'), await aRun(1, 'running'), await aRun(1, 'running')];
    const lapsed = { state: 'active' as const, lapsedMinutes: 11 };
    const silent = await workspace(a, 'silent', lapsed);
    const unheardOf = await workspace(b, 'never-seen', lapsed);
    const living = await workspace(c, 'living', lapsed);
    const recent = await workspace(d, 'silent', { state: 'active', lapsedMinutes: 2 });
    const nobody = { requestId: null, projectId: 'p', warmKey: 'k', runId: null, modelAllowed: false, attempt: 0 };
    const place = { tenantId: 'default', provisioner: 'fake', purpose: 'agent' as const, baseCommit: 'b'.repeat(40) };
    const warm = { ...place, ...nobody, workspaceId: 'warm-1', hostId: 'silent', state: 'warm' as const, leaseMs: -11 * 60_000 };
    await asTenant((tx) => insertWorkspace(tx, warm));

    const done = await housekeep();

    expect(done['lostWorkspaces']).toBe(3);
    expect(await stateOf('warm-1')).toBe('ended');
    expect(world.git.inputs('dropRun')).toContain('warm-1');
    expect([await stateOf(silent), await stateOf(unheardOf)]).toEqual(['ended', 'ended']);
    expect([await stateOf(living), await stateOf(recent)]).toEqual(['active', 'active']);
  });

  it('aborts the calls that a killed gateway left open once their workspace is over, and no call that may be under way', async () => {
    const [over, working, justEnded] = [await aRun(1, 'running'), await aRun(1, 'running'), await aRun(1, 'running')];
    await workspace(over, 'living', { state: 'ended', lapsedMinutes: 6 });
    await workspace(working, 'living', { state: 'active', lapsedMinutes: 6 });
    await workspace(justEnded, 'living', { state: 'ended', lapsedMinutes: 1 });
    const call = async (run: RunInput, callId: string, minutes: number) => {
      const owner = { tenantId: 'default', requestId: run.request.requestId, runId: run.runId, workspaceId: `${run.runId}-a1` };
      await asTenant(async (tx) => {
        await startLlmCall(tx, { ...owner, callId, model: 'm', upstream: 'u', reservedTokens: 10 }, 60_000);
        await tx.execute(sql`update llm_calls set started_at = ${new Date(minutesAgo(minutes)).toISOString()} where call_id = ${callId}`);
      });
    };
    await call(over, 'lost', 6);
    await call(over, 'young', 1);
    await call(working, 'under-way', 60);
    await call(justEnded, 'being-settled', 60);

    const done = await housekeep();

    const calls = await asTenant(async (tx) => [
      ...(await listLlmCalls(tx, over.runId)),
      ...(await listLlmCalls(tx, working.runId)),
      ...(await listLlmCalls(tx, justEnded.runId)),
    ]);
    expect(done['lostModelCalls']).toBe(1);
    expect(Object.fromEntries(calls.map(({ callId, state }) => [callId, state]))).toEqual({
      lost: 'aborted',
      young: 'started',
      'under-way': 'started',
      'being-settled': 'started',
    });
    const lost = calls.find(({ callId }) => callId === 'lost');
    expect(lost?.error).toMatch(/gateway ended/);
    expect(lost?.endedAt).not.toBeNull();
  });
});

describe('requests', () => {
  it('that are open without a workflow are counted and named with the mend, those that just came are not', async () => {
    const [orphan, fresh, listedLate] = [await aRun(10, 'running'), await aRun(1, 'running'), await aRun(10, 'running')];
    for (const { request } of [orphan, fresh]) presences.set(workflowIds.request(request.requestId), 'unknown');
    const logged: unknown[] = [];
    const warn = (message: string, fields: object) => void logged.push({ message, ...fields });

    const done = await housekeep({ logger: Object.assign(Object.create(world.deps.logger) as Logger, { warn }) });

    const { requestId } = orphan.request;
    expect(done['requestsWithoutWorkflow']).toBe(1);
    expect(logged).toEqual([expect.objectContaining({ requestId, mend: `astraforge rehydrate ${requestId}` })]);
    expect(logged).not.toContainEqual(expect.objectContaining({ requestId: listedLate.request.requestId }));
  });

  it('are all looked at, however many are open', async () => {
    const many = Array.from({ length: 230 }, (_, at) => `01890000-0000-7000-8999-${String(at).padStart(12, '0')}`);
    await asTenant(async (tx) => {
      for (const requestId of many) await insertRequest(tx, requestInput({ requestId, projectId: 'h1', submittedAtMs: minutesAgo(10) }));
    });
    const lost = many.at(-1) ?? '';
    presences.set(workflowIds.request(lost), 'unknown');

    const before = await housekeep();
    presences.delete(workflowIds.request(lost));
    const after = await housekeep();

    expect((before['requestsWithoutWorkflow'] ?? 0) - (after['requestsWithoutWorkflow'] ?? 0)).toBe(1);
  });

  it('whose projection another run of their workflow wrote are told to write it again', async () => {
    const [reset, same] = [await aRun(10, 'running'), await aRun(10, 'running')];
    for (const { request } of [reset, same]) {
      const state = { ...initialState(request), version: 2 };
      await asTenant((tx) => storeSnapshot(tx, state, 'run-1'));
    }
    openRuns.set(workflowIds.request(reset.request.requestId), 'run-2').set(workflowIds.request(same.request.requestId), 'run-1');

    await housekeep();

    expect(reprojected).toEqual([reset.request.requestId]);
  });
});
