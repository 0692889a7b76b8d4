import { and, asc, count, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { projects, workspaces } from './schema.ts';
import { endOtherPlaces } from './workspace-places.ts';
import type { WorkspaceRow } from './workspaces.ts';

/** Who takes a warm workspace over. */
export interface WarmTaker {
  requestId: string;
  runId: string;
  attempt: number;
  baseCommit: string;
  leaseMs: number;
}

/** Lays a workspace that was just made aside for a first run to come; false when it was ended meanwhile. Its token opens nothing from then on. */
export async function keepWarm(
  tx: Tx,
  workspaceId: string,
  { lifeMs, readyOffset }: { lifeMs: number; readyOffset: number },
): Promise<boolean> {
  const kept = await tx
    .update(workspaces)
    .set({ state: 'warm', runId: null, readyOffset, leaseUntil: new Date(Date.now() + lifeMs) })
    .where(and(eq(workspaces.workspaceId, workspaceId), eq(workspaces.state, 'active'), isNull(workspaces.requestId)))
    .returning({ workspaceId: workspaces.workspaceId });
  return kept.length === 1;
}

/**
 * Gives the oldest warm workspace of this key on the host to a run, as the only place of the attempt; null when there is none. Each goes to
 * one taker, whoever asks at the same time.
 */
export async function claimWarm(
  tx: Tx,
  { hostId, warmKey }: { hostId: string; warmKey: string },
  { leaseMs, ...taker }: WarmTaker,
): Promise<WorkspaceRow | null> {
  await endOtherPlaces(tx, taker);
  const free = tx
    .select({ workspaceId: workspaces.workspaceId })
    .from(workspaces)
    .where(
      and(
        eq(workspaces.hostId, hostId),
        eq(workspaces.warmKey, warmKey),
        eq(workspaces.state, 'warm'),
        sql`${workspaces.leaseUntil} > now()`,
      ),
    )
    .orderBy(asc(workspaces.createdAt))
    .limit(1)
    .for('update', { skipLocked: true });
  const [taken] = await tx
    .update(workspaces)
    .set({ ...taker, state: 'active', modelAllowed: true, leaseUntil: new Date(Date.now() + leaseMs) })
    // In brackets: a subquery that names one row is read once, however the server joins it.
    .where(and(sql`${workspaces.workspaceId} = (${free})`, eq(workspaces.state, 'warm')))
    .returning();
  return taken ?? null;
}

/** Whether a project has a warm workspace on a host, of whatever key. */
export async function hasWarm(tx: Tx, { hostId, projectId }: { hostId: string; projectId: string }): Promise<boolean> {
  const found = await tx
    .select({ workspaceId: workspaces.workspaceId })
    .from(workspaces)
    .where(
      and(
        eq(workspaces.hostId, hostId),
        eq(workspaces.projectId, projectId),
        eq(workspaces.state, 'warm'),
        sql`${workspaces.leaseUntil} > now()`,
      ),
    )
    .limit(1);
  return found.length === 1;
}

/** How many warm workspaces wait for each of these projects, on all hosts; a project that none waits for is not in it. */
export async function countWarm(tx: Tx, projectIds: string[]): Promise<ReadonlyMap<string | null, number>> {
  if (projectIds.length === 0) return new Map();
  const counts = await tx
    .select({ projectId: workspaces.projectId, waiting: count() })
    .from(workspaces)
    .where(and(inArray(workspaces.projectId, projectIds), eq(workspaces.state, 'warm'), sql`${workspaces.leaseUntil} > now()`))
    .groupBy(workspaces.projectId);
  return new Map(counts.map(({ projectId, waiting }) => [projectId, waiting]));
}

/** Ends a warm workspace; false when a run took it. */
export async function closeWarm(tx: Tx, workspaceId: string): Promise<boolean> {
  const closed = await tx
    .update(workspaces)
    .set({ state: 'ended' })
    .where(and(eq(workspaces.workspaceId, workspaceId), eq(workspaces.state, 'warm')))
    .returning({ workspaceId: workspaces.workspaceId });
  return closed.length === 1;
}

/** The projects of every tenant that want warm workspaces: for the housekeeper. */
export async function listWarmProjects(tx: Tx): Promise<{ tenantId: string; projectId: string }[]> {
  return tx
    .select({ tenantId: projects.tenantId, projectId: projects.projectId })
    .from(projects)
    .where(gt(projects.warmWorkspaces, 0))
    .orderBy(projects.projectId);
}
