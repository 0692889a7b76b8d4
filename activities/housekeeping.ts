import { ensureEventPartitions } from '../db/events-partitions.ts';
import { listHosts, listSilentHosts } from '../db/hosts.ts';
import { expireIdempotencyKeys } from '../db/idempotency.ts';
import { abortLostLlmCalls } from '../db/llm-calls.ts';
import type { Database } from '../db/port.ts';
import { listOpenRequests } from '../db/requests.ts';
import type { RunLog } from '../db/run-log/port.ts';
import { abandonRun, listOpenRuns } from '../db/runs.ts';
import { expireSlots, listSlots, listUnsignalledGrants, releaseSlot } from '../db/slots.ts';
import { closeWorkspaces } from '../db/workspace-places.ts';
import { listLapsedWorkspaces } from '../db/workspaces.ts';
import type { Logger } from '../config/logger.ts';
import type { HousekeepingActivities } from '../workflows/contracts/activities.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { workflowIds } from '../workflows/contracts/ids.ts';
import { leaseMs } from './workspace/dependencies.ts';

/** What Temporal says about a workflow id. */
export type WorkflowPresence = 'running' | 'closed' | 'unknown';

export interface HousekeepingDependencies {
  database: Database;
  runLog: RunLog;
  /** Throws when Temporal does not answer: a guess would end what works. */
  presence: (workflowId: string) => Promise<WorkflowPresence>;
  signalSlotGranted: (runId: string) => Promise<void>;
  logger: Logger;
  now: () => number;
}

const batch = 200;
/** Rows younger than this may belong to a workflow that is just being started. */
const settledMs = 5 * 60_000;
const keyLifetimeMs = 24 * 60 * 60_000;
/** A machine that was silent so long is gone, and its places with it. */
const hostSilentMs = 10 * 60_000;

/** Compares rows with workflows and repairs (contracts/activities.ts): one step that fails does not stop the others. */
export function createHousekeepingActivities(deps: HousekeepingDependencies): HousekeepingActivities {
  return {
    async housekeep() {
      const steps: Record<string, () => Promise<number>> = {
        eventPartitions: () => deps.database.asHousekeeper(ensureEventPartitions),
        idempotencyKeys: () => deps.database.asHousekeeper((tx) => expireIdempotencyKeys(tx, keyLifetimeMs)),
        abandonedRuns: () => abandonRuns(deps),
        expiredSlots: () => mendSlots(deps),
        lostWorkspaces: () => closeLostWorkspaces(deps),
        lostModelCalls: () => deps.database.asHousekeeper((tx) => abortLostLlmCalls(tx, settledMs)),
        requestsWithoutWorkflow: () => findOrphanedRequests(deps),
      };
      const done: Record<string, number> = {};
      const failures: string[] = [];
      for (const [name, step] of Object.entries(steps)) {
        try {
          done[name] = await step();
        } catch (error) {
          failures.push(name);
          deps.logger.warn('a housekeeping step failed', { step: name, reason: messageOf(error) });
        }
      }
      done['failedSteps'] = failures.length;
      return done;
    },
  };
}

/** Runs whose workflow ended without writing their end: somebody terminated it, or Temporal's database was lost. */
async function abandonRuns(deps: HousekeepingDependencies): Promise<number> {
  const open = await deps.database.asHousekeeper((tx) => listOpenRuns(tx, batch));
  let abandoned = 0;
  for (const run of open) {
    if (deps.now() - run.createdAt.getTime() < settledMs) continue;
    if ((await deps.presence(workflowIds.run(run.runId))) === 'running') continue;
    const { tenantId, requestId, runId } = run;
    const message = 'The workflow of this run is gone; retry the request.';
    const ended = await deps.database.withTenant(tenantId, async (tx) => {
      const changed = await abandonRun(tx, runId, 'internal', message);
      await releaseSlot(tx, { tenantId, holder: runId, leaseMs });
      return changed;
    });
    if (!ended) continue;
    const data = { status: 'failed', reason: 'internal' as const, message };
    const scope = { tenantId, requestId, runId, attempt: null };
    await deps.runLog.append(scope, [{ type: 'run.ended', emittedAtMs: deps.now(), data }], `run-ended.${runId}`);
    abandoned += 1;
  }
  return abandoned;
}

/** Takes slots of lapsed leases whose run is not at work any more, and tells everybody who got one. */
async function mendSlots(deps: HousekeepingDependencies): Promise<number> {
  const slots = await deps.database.asHousekeeper(listSlots);
  const lapsed = slots.filter((slot) => slot.leaseUntil !== null && slot.leaseUntil.getTime() < deps.now());
  const alive: string[] = [];
  for (const { holder } of lapsed) if ((await deps.presence(workflowIds.run(holder))) === 'running') alive.push(holder);
  const { expired } = await deps.database.asHousekeeper((tx) => expireSlots(tx, { leaseMs, alive }));
  const waiting = await deps.database.asHousekeeper(listUnsignalledGrants);
  for (const { holder } of waiting) await deps.signalSlotGranted(holder);
  return expired.length;
}

/** Rows of workspaces on machines that are gone. A machine that lives cares for its own. */
async function closeLostWorkspaces(deps: HousekeepingDependencies): Promise<number> {
  const { lapsed, gone } = await deps.database.asHousekeeper(async (tx) => {
    const silent = await listSilentHosts(tx, hostSilentMs);
    const known = await listHosts(tx);
    const living = new Set(known.map((host) => host.hostId).filter((hostId) => !silent.some((host) => host.hostId === hostId)));
    return { lapsed: await listLapsedWorkspaces(tx, batch), gone: (hostId: string) => !living.has(hostId) };
  });
  const lost = lapsed.filter((row) => gone(row.hostId) && deps.now() - row.leaseUntil.getTime() > hostSilentMs);
  for (const row of lost) await deps.database.withTenant(row.tenantId, (tx) => closeWorkspaces(tx, [row.workspaceId]));
  return lost.length;
}

/** Open requests that no workflow works on: named in the log with the mend, since starting them again is a person's choice. */
async function findOrphanedRequests(deps: HousekeepingDependencies): Promise<number> {
  const open = await deps.database.asHousekeeper((tx) => listOpenRequests(tx, batch));
  let orphaned = 0;
  for (const request of open) {
    if (deps.now() - request.updatedAt.getTime() < settledMs) continue;
    if ((await deps.presence(workflowIds.request(request.requestId))) === 'running') continue;
    orphaned += 1;
    const { requestId, stage } = request;
    deps.logger.warn('an open request has no workflow', { requestId, stage, mend: 'submit it again; its log and checkpoints stay' });
  }
  return orphaned;
}
