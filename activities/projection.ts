import { recordActivity } from '../db/activity.ts';
import { storeGate } from '../db/gates.ts';
import { usageOfRun } from '../db/llm-calls.ts';
import { getMergeRequest, upsertMergeRequest } from '../db/merge-requests.ts';
import { setDisposition, withdrawMessage } from '../db/messages.ts';
import type { Database, Tx } from '../db/port.ts';
import { storeSnapshot } from '../db/requests.ts';
import type { RunLog } from '../db/run-log/port.ts';
import { endRun, insertRun, updateRun } from '../db/runs.ts';
import { acquireSlot, listUnsignalledGrants, releaseSlot } from '../db/slots.ts';
import type { Logger } from '../config/logger.ts';
import type { ProjectionActivities } from '../workflows/contracts/activities.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
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
  logger: Logger;
  now: () => number;
}

/** The projection's writes and the rows and slots of runs (contracts/activities.ts). Every one may be repeated. */
export function createProjectionActivities(deps: ProjectionDependencies): ProjectionActivities {
  const words = createMessageEvents(deps);
  return {
    async project({ snapshot, events }) {
      const { tenantId, requestId } = snapshot.input;
      await deps.database.withTenant(tenantId, (tx) => projectRows(tx, snapshot, events));
      await words.announce(snapshot);
      if (events.length === 0) return;
      const scope = { tenantId, requestId, runId: null, attempt: null };
      await deps.runLog.append(scope, events, `v${snapshot.epoch}.${snapshot.version}`);
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
    async endRun({ run, result, usage }) {
      const { tenantId, requestId } = run.request;
      await deps.database.withTenant(tenantId, async (tx) => {
        const metered = await usageOfRun(tx, run.runId);
        await endRun(tx, result, larger(metered, usage));
        await releaseSlot(tx, { tenantId, holder: run.runId, leaseMs });
      });
      const data = { status: result.status, reason: result.reason, message: result.message };
      const scope = { tenantId, requestId, runId: run.runId, attempt: null };
      await deps.runLog.append(scope, [{ type: 'run.ended', emittedAtMs: deps.now(), data }], `run-ended.${run.runId}`);
      await signalWaiting(deps, tenantId);
    },
  };
}

async function projectRows(tx: Tx, snapshot: RequestSnapshot, events: Parameters<typeof activityOf>[1]): Promise<void> {
  const { tenantId, requestId } = snapshot.input;
  // The acts happened whether or not a later state is stored already.
  for (const act of activityOf(snapshot, events)) await recordActivity(tx, act);
  if (!(await storeSnapshot(tx, snapshot))) return;
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

async function begin(deps: ProjectionDependencies, run: RunInput): Promise<{ slot: 'granted' | 'queued' }> {
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
