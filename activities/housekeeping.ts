import { ensureEventPartitions } from '../db/events-partitions.ts';
import { listHosts, listSilentHosts } from '../db/hosts.ts';
import { expireIdempotencyKeys } from '../db/idempotency.ts';
import { abortLostLlmCalls } from '../db/llm-calls.ts';
import type { Database } from '../db/port.ts';
import { listOpenRequests, writersOf } from '../db/requests.ts';
import type { RunLog } from '../db/run-log/port.ts';
import { abandonRun, listOpenRuns, type RunRow } from '../db/runs.ts';
import { expireSlots, listSlots, listUnsignalledGrants, releaseSlot } from '../db/slots.ts';
import { closeWorkspaces } from '../db/workspace-places.ts';
import { listLapsedWorkspaces } from '../db/workspaces.ts';
import type { Logger } from '../config/logger.ts';
import type { HousekeepingActivities } from '../workflows/contracts/activities.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { workflowIds } from '../workflows/contracts/ids.ts';
import { everyPage } from '../db/pages.ts';
import type { GitService } from '../workspace/gateway/git/port.ts';
import { leaseMs } from './workspace/dependencies.ts';
import { dropOwnRepository, dropRepository } from './workspace/release.ts';

/** What Temporal says about a workflow id. */
export type WorkflowPresence = 'running' | 'closed' | 'unknown';

export interface HousekeepingDependencies {
  database: Database;
  runLog: RunLog;
  git: Pick<GitService, 'dropRun'>;
  /** Throws when Temporal does not answer: a guess would end what works. */
  presence: (workflowId: string) => Promise<WorkflowPresence>;
  /** Workflow ids of open requests with their current runs; may be some seconds late. Throws like `presence`. */
  openRequests: () => Promise<ReadonlyMap<string, string>>;
  signalSlotGranted: (runId: string) => Promise<void>;
  signalReproject: (requestId: string) => Promise<void>;
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
        requestsWithoutWorkflow: () => compareRequests(deps),
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
  const read = (page: { after: string | null; limit: number }) => deps.database.asHousekeeper((tx) => listOpenRuns(tx, page));
  let abandoned = 0;
  for await (const open of everyPage(read, ({ runId }) => runId)) {
    for (const run of open) {
      if (deps.now() - run.createdAt.getTime() < settledMs) continue;
      if ((await deps.presence(workflowIds.run(run.runId))) === 'running') continue;
      if (await abandon(deps, run)) abandoned += 1;
    }
  }
  return abandoned;
}

/** False when it ended meanwhile. */
async function abandon(deps: HousekeepingDependencies, { tenantId, requestId, runId }: RunRow): Promise<boolean> {
  const message = 'The workflow of this run is gone; retry the request.';
  const ended = await deps.database.withTenant(tenantId, async (tx) => {
    const changed = await abandonRun(tx, runId, 'internal', message);
    await releaseSlot(tx, { tenantId, holder: runId, leaseMs });
    return changed;
  });
  if (!ended) return false;
  await dropRepository(deps, runId);
  const data = { status: 'failed', reason: 'internal' as const, message };
  const scope = { tenantId, requestId, runId, attempt: null };
  await deps.runLog.append(scope, [{ type: 'run.ended', emittedAtMs: deps.now(), data }], `run-ended.${runId}`);
  return true;
}

/** Takes slots of lapsed leases whose run is not at work any more, and tells everybody who got one. */
async function mendSlots(deps: HousekeepingDependencies): Promise<number> {
  const slots = await deps.database.asHousekeeper(listSlots);
  const lapsed = slots.filter((slot) => slot.leaseUntil !== null && slot.leaseUntil.getTime() < deps.now());
  const gone: string[] = [];
  for (const { holder } of lapsed) if ((await deps.presence(workflowIds.run(holder))) !== 'running') gone.push(holder);
  // A lease that lapsed since then may be that of a run at work: the next round asks.
  const { expired } = await deps.database.asHousekeeper((tx) => expireSlots(tx, { leaseMs, gone }));
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
  for (const row of lost) {
    await deps.database.withTenant(row.tenantId, (tx) => closeWorkspaces(tx, [row.workspaceId]));
    await dropOwnRepository(deps, row);
  }
  return lost.length;
}

/**
 * Open requests that no workflow works on are named in the log with the mend, since starting them again is a person's choice. One
 * whose projection another run of its workflow wrote (it was reset) is told to write it again. Answers how many have none.
 */
async function compareRequests(deps: HousekeepingDependencies): Promise<number> {
  const running = await deps.openRequests();
  let orphaned = 0;
  const read = (page: { after: string | null; limit: number }) => deps.database.asHousekeeper((tx) => listOpenRequests(tx, page));
  for await (const page of everyPage(read, ({ requestId }) => requestId)) {
    const settled = page.filter(({ updatedAt }) => deps.now() - updatedAt.getTime() >= settledMs);
    for (const [tenantId, ofTenant] of Map.groupBy(settled, (row) => row.tenantId)) {
      await mendProjections(deps, tenantId, ofTenant, running);
    }
    for (const { requestId, stage } of settled) {
      const workflowId = workflowIds.request(requestId);
      // The list comes late; the second answer does not.
      if (running.has(workflowId) || (await deps.presence(workflowId)) === 'running') continue;
      orphaned += 1;
      deps.logger.warn('an open request has no workflow', { requestId, stage, mend: `astraforge rehydrate ${requestId}` });
    }
  }
  return orphaned;
}

async function mendProjections(
  deps: HousekeepingDependencies,
  tenantId: string,
  open: readonly { requestId: string }[],
  running: ReadonlyMap<string, string>,
): Promise<void> {
  const requestIds = open.map(({ requestId }) => requestId);
  const writers = await deps.database.withTenant(tenantId, (tx) => writersOf(tx, requestIds));
  for (const requestId of requestIds) {
    const current = running.get(workflowIds.request(requestId));
    if (current !== undefined && current !== writers.get(requestId)) await deps.signalReproject(requestId);
  }
}
