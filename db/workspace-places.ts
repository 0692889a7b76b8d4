import { and, desc, eq, gte, inArray, like, ne, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { TokenUsage } from '../workflows/contracts/run.ts';
import type { Tx } from './port.ts';
import { llmCalls, runs, workspaces } from './schema.ts';
import type { NewWorkspace, WorkspaceRow } from './workspaces.ts';

/** The agent workspaces that a request has had, newest first: idle ones to reuse, earlier attempts to resume. */
export async function listAgentWorkspaces(tx: Tx, requestId: string): Promise<WorkspaceRow[]> {
  return tx
    .select()
    .from(workspaces)
    .where(and(eq(workspaces.requestId, requestId), eq(workspaces.purpose, 'agent')))
    .orderBy(desc(workspaces.createdAt));
}

/** Ids of the check workspaces that a run has had. */
export async function listCheckWorkspaces(tx: Tx, runId: string): Promise<string[]> {
  const rows = await tx
    .select({ workspaceId: workspaces.workspaceId })
    .from(workspaces)
    .where(and(like(workspaces.workspaceId, `${runId}-c%`), eq(workspaces.purpose, 'checks')));
  return rows.map((row) => row.workspaceId);
}

/**
 * One attempt of a run has one place, so that two tries of its start, on one host or on two, leave one agent: ends the others. Under the
 * lock of the run's row until the transaction ends.
 */
export async function endOtherPlaces(tx: Tx, place: { runId: string; attempt: number; workspaceId?: string }): Promise<void> {
  const { runId, attempt, workspaceId } = place;
  await tx.select({ runId: runs.runId }).from(runs).where(eq(runs.runId, runId)).for('update');
  await tx
    .update(workspaces)
    .set({ state: 'ended' })
    .where(
      and(
        eq(workspaces.runId, runId),
        eq(workspaces.attempt, attempt),
        eq(workspaces.purpose, 'agent'),
        eq(workspaces.state, 'active'),
        workspaceId === undefined ? undefined : ne(workspaces.workspaceId, workspaceId),
      ),
    );
}

/** Writes a workspace under a fresh lease; one that another host began to make moves to this one. An agent's is the only one of its attempt. */
export async function placeWorkspace(tx: Tx, { leaseMs, ...workspace }: NewWorkspace): Promise<void> {
  const leaseUntil = new Date(Date.now() + leaseMs);
  const { workspaceId, hostId, provisioner, runId, attempt, purpose, state } = workspace;
  if (purpose === 'agent' && runId != null) await endOtherPlaces(tx, { runId, attempt, workspaceId });
  await tx
    .insert(workspaces)
    .values({ ...workspace, leaseUntil })
    .onConflictDoUpdate({ target: workspaces.workspaceId, set: { hostId, provisioner, runId, state, leaseUntil } });
}

/** Takes an idle workspace over for an attempt, as its only place; false when another took it or it ended. */
export async function takeIdleWorkspace(
  tx: Tx,
  workspaceId: string,
  taker: { runId: string; attempt: number; baseCommit: string; leaseMs: number },
): Promise<boolean> {
  const { leaseMs, ...changes } = taker;
  await endOtherPlaces(tx, taker);
  const taken = await tx
    .update(workspaces)
    .set({ ...changes, state: 'active', save: null, leaseUntil: new Date(Date.now() + leaseMs) })
    .where(and(eq(workspaces.workspaceId, workspaceId), eq(workspaces.state, 'idle')))
    .returning({ workspaceId: workspaces.workspaceId });
  return taken.length === 1;
}

/**
 * Ends workspaces; their tokens open nothing any more. Unlike `endWorkspace` the run stays on the row: the next attempt finds
 * the last save by it.
 */
export async function closeWorkspaces(tx: Tx, workspaceIds: string[]): Promise<void> {
  if (workspaceIds.length === 0) return;
  await tx.update(workspaces).set({ state: 'ended' }).where(inArray(workspaces.workspaceId, workspaceIds));
}

/** Ends an idle or warm workspace whose time is over; false when a run was quicker or time is left. */
export async function closeLapsedWaiting(tx: Tx, workspaceId: string, options: { evenIfTimeIsLeft: boolean }): Promise<boolean> {
  const closed = await tx
    .update(workspaces)
    .set({ state: 'ended' })
    .where(
      and(
        eq(workspaces.workspaceId, workspaceId),
        inArray(workspaces.state, ['idle', 'warm']),
        options.evenIfTimeIsLeft ? undefined : sql`${workspaces.leaseUntil} < now()`,
      ),
    )
    .returning({ workspaceId: workspaces.workspaceId });
  return closed.length === 1;
}

/** What the gateway metered for a run since a moment (ms since the epoch): never the agent's own word. */
export async function usageSince(tx: Tx, runId: string, sinceMs: number): Promise<TokenUsage> {
  const sum = (column: AnyPgColumn) => sql<number>`coalesce(sum(${column}), 0)::float8`;
  const [row] = await tx
    .select({
      inputTokens: sum(llmCalls.inputTokens),
      cachedInputTokens: sum(llmCalls.cachedInputTokens),
      outputTokens: sum(llmCalls.outputTokens),
    })
    .from(llmCalls)
    .where(and(eq(llmCalls.runId, runId), gte(llmCalls.startedAt, new Date(sinceMs))));
  return row ?? { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
}

/** The workspaces that a review has had, oldest first. */
export async function listReviewWorkspaces(tx: Tx, reviewId: string): Promise<WorkspaceRow[]> {
  return tx
    .select()
    .from(workspaces)
    .where(and(like(workspaces.workspaceId, `${reviewId}-r%`), eq(workspaces.purpose, 'review')))
    .orderBy(workspaces.createdAt);
}

/** At which attempt these runs are, and which have ended. */
export async function standOfRuns(tx: Tx, runIds: string[]): Promise<{ runId: string; attempts: number; hasEnded: boolean }[]> {
  if (runIds.length === 0) return [];
  return tx
    .select({ runId: runs.runId, attempts: runs.attempts, hasEnded: sql<boolean>`${runs.endedAt} is not null` })
    .from(runs)
    .where(inArray(runs.runId, runIds));
}
