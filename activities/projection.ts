import { isDeepStrictEqual } from 'node:util';
import { recordActivity } from '../db/activity.ts';
import { storeGate } from '../db/gates.ts';
import { usageOfRun } from '../db/llm-calls.ts';
import { getMergeRequest, upsertMergeRequest } from '../db/merge-requests.ts';
import { setDisposition, withdrawMessage } from '../db/messages.ts';
import type { Database, Tx } from '../db/port.ts';
import { claimSnapshot, getRequest, storeSnapshot } from '../db/requests.ts';
import type { RunLog } from '../db/run-log/port.ts';
import { endRun, getRun, insertRun, updateRun } from '../db/runs.ts';
import { acquireSlot, listUnsignalledGrants, releaseSlot } from '../db/slots.ts';
import { leaveWorkspace } from '../db/workspaces.ts';
import type { Logger } from '../config/logger.ts';
import type { ProjectionActivities } from '../workflows/contracts/activities.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import type { NewEvent } from '../workflows/contracts/events.ts';
import { workflowIds } from '../workflows/contracts/ids.ts';
import type { MergeRequestRef, RequestSnapshot } from '../workflows/contracts/request.ts';
import type { RunInput, TokenUsage } from '../workflows/contracts/run.ts';
import { activityOf } from './activity-rows.ts';
import { timedHop } from './hops.ts';
import { createMessageEvents } from './message-events.ts';
import { leaseMs } from './workspace/dependencies.ts';

export interface ProjectionDependencies {
  database: Database;
  runLog: RunLog;
  /** Tells a waiting run that its slot is there; harmless when repeated or when the run is gone. */
  signalSlotGranted: (runId: string) => Promise<void>;
  /** Removes a run's repository; never fails. */
  dropRun: (runId: string) => Promise<void>;
  /** How long a workspace is kept for follow-ups. */
  idleWorkspaceMs: number;
  /** Run of the workflow, by Temporal's id, for which the activity runs. */
  callerRunId: () => string;
  /** The current run of a workflow; null when none is open. Throws when Temporal does not answer. */
  currentRun: (workflowId: string) => Promise<string | null>;
  logger: Logger;
  now: () => number;
}

/** The projection's writes and the rows and slots of runs (contracts/activities.ts). Every one may be repeated. */
export function createProjectionActivities(deps: ProjectionDependencies): ProjectionActivities {
  const words = createMessageEvents(deps);
  return {
    async project({ snapshot, events }) {
      const { tenantId, requestId } = snapshot.input;
      const epoch = await projectInOrder(deps, snapshot, events);
      await words.announce(snapshot);
      if (events.length > 0) {
        const scope = { tenantId, requestId, runId: null, attempt: null };
        await deps.runLog.append(scope, events, `v${epoch}.${snapshot.version}`);
      }
      return { epoch };
    },
    async withdrawMessage({ tenantId, requestId, messageId, by }) {
      const disposition = await deps.database.withTenant(tenantId, (tx) => withdrawMessage(tx, messageId));
      // Without its row no run could carry it: gone is gone.
      if (disposition !== null && disposition !== 'withdrawn') return { disposition };
      const scope = { tenantId, requestId, runId: null, attempt: null };
      const event = { type: 'message.withdrawn' as const, emittedAtMs: deps.now(), data: { messageId, by } };
      await deps.runLog.append(scope, [event], `withdrawn.${messageId}`);
      return { disposition: 'withdrawn' };
    },
    beginRun: ({ run }) =>
      timedHop(deps.logger, 'begin-run', { requestId: run.request.requestId, runId: run.runId }, () => begin(deps, run)),
    async endRun({ run, result, usage, layAside }) {
      const { tenantId, requestId } = run.request;
      await deps.database.withTenant(tenantId, async (tx) => {
        const metered = await usageOfRun(tx, run.runId);
        await endRun(tx, result, larger(metered, usage));
        await releaseSlot(tx, { tenantId, holder: run.runId, leaseMs });
        // Of a place that is gone its host closes the row.
        if (layAside) await leaveWorkspace(tx, layAside.workspaceId, run.runId, deps.idleWorkspaceMs);
      });
      // All of its work is in the artifact store, and no attempt follows; nobody waits for the disk.
      void deps.dropRun(run.runId);
      const data = { status: result.status, reason: result.reason, message: result.message };
      const scope = { tenantId, requestId, runId: run.runId, attempt: null };
      await Promise.all([
        deps.runLog.append(scope, [{ type: 'run.ended', emittedAtMs: deps.now(), data }], `run-ended.${run.runId}`),
        signalWaiting(deps, tenantId),
      ]);
    },
  };
}

/** What became of a snapshot: it has its place under an epoch, or another run of the workflow stored a later one of `contested`. */
type Placed = { epoch: number } | { contested: number };

/**
 * Stores a snapshot in its place. One that comes after another run's later one is late, or the first since a reset: Temporal knows
 * which run is the current one. Answers the epoch that holds.
 */
async function projectInOrder(deps: ProjectionDependencies, snapshot: RequestSnapshot, events: readonly NewEvent[]): Promise<number> {
  const { tenantId, requestId } = snapshot.input;
  const caller = deps.callerRunId();
  const first = await deps.database.withTenant(tenantId, (tx) => place(tx, { snapshot, events, caller }));
  if ('epoch' in first) return first.epoch;
  const isCurrent = (await deps.currentRun(workflowIds.request(requestId))) === caller;
  const epoch = isCurrent ? first.contested + 1 : snapshot.epoch;
  if (isCurrent) deps.logger.info('a request was reset: its projection has a new epoch', { requestId, epoch });
  await deps.database.withTenant(tenantId, async (tx) => {
    const placed = { ...snapshot, epoch };
    // The acts happened, whether or not a later state is stored already.
    if (!(await write(tx, placed, events, caller))) await recordActs(tx, placed, events);
  });
  return epoch;
}

async function place(
  tx: Tx,
  { snapshot, events, caller }: { snapshot: RequestSnapshot; events: readonly NewEvent[]; caller: string },
): Promise<Placed> {
  const { requestId } = snapshot.input;
  if (await write(tx, snapshot, events, caller)) return { epoch: snapshot.epoch };
  const stored = (await getRequest(tx, requestId))?.snapshot ?? snapshot;
  if (stored.writtenBy !== caller) {
    if (!isSame(stored, snapshot)) return { contested: stored.epoch };
    await claimSnapshot(tx, requestId, caller);
  }
  await recordActs(tx, snapshot, events);
  // The same write once more, after its answer was lost: the epoch that it raised is its own.
  return { epoch: Math.max(snapshot.epoch, stored.epoch) };
}

/** The same state, whoever wrote it. */
function isSame(stored: RequestSnapshot, snapshot: RequestSnapshot): boolean {
  const plain = (one: RequestSnapshot): unknown => JSON.parse(JSON.stringify({ ...one, writtenBy: undefined }));
  return isDeepStrictEqual(plain(stored), plain(snapshot));
}

/** Stores the snapshot with the rows and acts that go with it, unless a later one is there: then nothing, and false. */
async function write(tx: Tx, snapshot: RequestSnapshot, events: readonly NewEvent[], caller: string): Promise<boolean> {
  if (!(await storeSnapshot(tx, snapshot, caller))) return false;
  await recordActs(tx, snapshot, events);
  await projectRows(tx, snapshot);
  return true;
}

async function recordActs(tx: Tx, snapshot: RequestSnapshot, events: readonly NewEvent[]): Promise<void> {
  for (const act of activityOf(snapshot, events)) await recordActivity(tx, act);
}

async function projectRows(tx: Tx, snapshot: RequestSnapshot): Promise<void> {
  const { tenantId, requestId } = snapshot.input;
  const { gate, mergeRequest } = snapshot.status;
  if (gate !== null) await storeGate(tx, tenantId, requestId, gate);
  if (mergeRequest !== null) await updateMergeRequest(tx, snapshot, mergeRequest);
}

/** `publish` wrote the row with its words; here only its state moves. */
async function updateMergeRequest(tx: Tx, snapshot: RequestSnapshot, ref: MergeRequestRef): Promise<void> {
  const row = await getMergeRequest(tx, ref.mergeRequestId);
  const { tenantId, requestId, projectId, title } = snapshot.input;
  const words = { title: row?.title ?? title, description: row?.description ?? '' };
  await upsertMergeRequest(tx, { tenantId, requestId, projectId, ...words, ref });
}

async function begin(deps: ProjectionDependencies, run: RunInput): ReturnType<ProjectionActivities['beginRun']> {
  const { tenantId, requestId } = run.request;
  const scope = { tenantId, requestId, runId: run.runId, attempt: null };
  const data = { ordinal: run.ordinal, purpose: run.purpose };
  // Side by side: this is on the way to the agent.
  const logged = deps.runLog.append(scope, [{ type: 'run.started', emittedAtMs: deps.now(), data }], `run-started.${run.runId}`);
  logged.catch(() => undefined);
  const { slot, granted } = await deps.database.withTenant(tenantId, async (tx) => {
    if (await insertRun(tx, run, 'waiting')) {
      const carried = run.messages.map((message) => message.messageId);
      await setDisposition(tx, carried, 'carried', run.runId);
    } else if ((await getRun(tx, run.runId))?.endedAt) {
      return { slot: 'used' as const, granted: [] };
    }
    const acquired = await acquireSlot(tx, { tenantId, holder: run.runId, leaseMs });
    // Only a run without a place counts as waiting, and is signalled again by others.
    if (acquired.slot === 'granted') await updateRun(tx, run.runId, { status: 'working' });
    return acquired;
  });
  await logged;
  await Promise.all(granted.map((holder) => signalQuietly(deps, holder)));
  return { slot };
}

/** All that hold a slot and still wait, so that a signal lost between two tries of this activity comes after all. */
async function signalWaiting(deps: ProjectionDependencies, tenantId: string): Promise<void> {
  const waiting = await deps.database.withTenant(tenantId, listUnsignalledGrants);
  await Promise.all(waiting.map(({ holder }) => signalQuietly(deps, holder)));
}

/** A run asks again by itself within minutes: a signal that fails must not keep another run from ending. */
async function signalQuietly(deps: ProjectionDependencies, runId: string): Promise<void> {
  try {
    await deps.signalSlotGranted(runId);
  } catch (error) {
    deps.logger.warn('a waiting run was not signalled', { runId, reason: messageOf(error) });
  }
}

/** The gateway's meter, or what the workflow added up where the model was not reached through it. */
function larger(metered: TokenUsage, told: TokenUsage): TokenUsage {
  return metered.inputTokens + metered.outputTokens > 0 ? metered : told;
}
