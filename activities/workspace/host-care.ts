import { hostname } from 'node:os';
import { heartbeatHost } from '../../db/hosts.ts';
import { closeLapsedWaiting, closeWorkspaces, standOfRuns } from '../../db/workspace-places.ts';
import { listWorkspacesOfHost, renewWorkspaceLease, type WorkspaceRow } from '../../db/workspaces.ts';
import { renewSlot } from '../../db/slots.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { leaseMs, type HostDependencies } from './dependencies.ts';
import { endPlaces } from './end-places.ts';
import { hostWork } from './host-decisions.ts';
import { dropOwnRepository } from './release.ts';
import { keepRounds } from './rounds.ts';

/** Tenant under which a host says that it lives; the row itself belongs to none. */
const anyTenant = 'default';

/** One round of the host's own housekeeping: says that it lives, ends dead and idle places, renews leases nobody watches over. */
async function careForHost(deps: HostDependencies): Promise<{ destroyed: number; retired: number }> {
  const { hostId } = deps.settings;
  const host = { hostId, name: hostname(), provisioner: deps.provisioner.name };
  await deps.database.withTenant(anyTenant, (tx) => heartbeatHost(tx, host));
  const local = await deps.provisioner.list();
  const { rows, runs } = await deps.database.asHousekeeper(async (tx) => {
    const rows = await listWorkspacesOfHost(tx, hostId);
    const runs = await standOfRuns(
      tx,
      rows.flatMap((row) => row.runId ?? []),
    );
    return { rows, runs };
  });
  const endedRuns = new Set(runs.filter((run) => run.hasEnded).map((run) => run.runId));
  const attempts = new Map(runs.map((run) => [run.runId, run.attempts]));
  const work = hostWork({ rows, local, endedRuns, attempts, watched: (id) => deps.watches.has(id), nowMs: deps.now() });
  await close(deps, rows, work.destroy);
  const destroyed = await endPlaces(deps, work.destroy);
  let retired = 0;
  for (const workspaceId of work.retire) if (await retire(deps, rows, workspaceId, local.includes(workspaceId))) retired += 1;
  for (const workspaceId of work.renew) await renew(deps, rows, workspaceId);
  return { destroyed, retired };
}

async function close(deps: HostDependencies, rows: WorkspaceRow[], workspaceIds: string[]): Promise<void> {
  for (const row of rows.filter(({ workspaceId }) => workspaceIds.includes(workspaceId))) {
    await deps.database.withTenant(row.tenantId, (tx) => closeWorkspaces(tx, [row.workspaceId]));
    await dropOwnRepository(deps, row);
  }
}

/** Destroys an idle or warm place that nobody took meanwhile. */
async function retire(deps: HostDependencies, rows: WorkspaceRow[], workspaceId: string, isLocal: boolean): Promise<boolean> {
  const row = rows.find((candidate) => candidate.workspaceId === workspaceId);
  if (!row) return false;
  // A place that is gone is of no use however long its time would last.
  const closed = await deps.database.withTenant(row.tenantId, (tx) => closeLapsedWaiting(tx, workspaceId, { evenIfTimeIsLeft: !isLocal }));
  if (!closed) return false;
  await deps.provisioner.destroy(workspaceId);
  await dropOwnRepository(deps, row);
  return true;
}

async function renew(deps: HostDependencies, rows: WorkspaceRow[], workspaceId: string): Promise<void> {
  const row = rows.find((candidate) => candidate.workspaceId === workspaceId);
  if (!row) return;
  await deps.database.withTenant(row.tenantId, async (tx) => {
    await renewWorkspaceLease(tx, workspaceId, leaseMs);
    if (row.runId !== null) await renewSlot(tx, row.runId, leaseMs);
  });
}

/** Runs rounds until stopped; one that fails is logged and the next one comes. */
export function keepCaring(deps: HostDependencies, everyMs: number): () => Promise<void> {
  return keepRounds(
    () => careForHost(deps),
    everyMs,
    (error) => deps.logger.warn('a round of host care failed', { reason: messageOf(error) }),
  );
}
