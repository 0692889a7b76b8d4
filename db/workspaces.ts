import { and, desc, eq, inArray, lt, ne } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { workspaces } from './schema.ts';

export type WorkspaceRow = typeof workspaces.$inferSelect;
export type NewWorkspace = Omit<typeof workspaces.$inferInsert, 'createdAt' | 'leaseUntil'> & { leaseMs: number };

function leaseUntil(leaseMs: number): Date {
  return new Date(Date.now() + leaseMs);
}

/** Inserts once by workspaceId; answers whether it was new. */
export async function insertWorkspace(tx: Tx, { leaseMs, ...workspace }: NewWorkspace): Promise<boolean> {
  const inserted = await tx
    .insert(workspaces)
    .values({ ...workspace, leaseUntil: leaseUntil(leaseMs) })
    .onConflictDoNothing()
    .returning({ workspaceId: workspaces.workspaceId });
  return inserted.length === 1;
}

/** Null when there is none in this tenant. */
export async function getWorkspace(tx: Tx, workspaceId: string): Promise<WorkspaceRow | null> {
  const [row] = await tx.select().from(workspaces).where(eq(workspaces.workspaceId, workspaceId));
  return row ?? null;
}

/** The newest workspace that a request keeps for follow-ups; null for none. */
export async function findIdleWorkspace(tx: Tx, requestId: string): Promise<WorkspaceRow | null> {
  const [row] = await tx
    .select()
    .from(workspaces)
    .where(and(eq(workspaces.requestId, requestId), eq(workspaces.state, 'idle'), eq(workspaces.purpose, 'agent')))
    .orderBy(desc(workspaces.createdAt))
    .limit(1);
  return row ?? null;
}

/** Gives an idle workspace to a run; answers false when another took it or it ended. */
export async function activateWorkspace(tx: Tx, workspaceId: string, runId: string, leaseMs: number): Promise<boolean> {
  const taken = await tx
    .update(workspaces)
    .set({ state: 'active', runId, leaseUntil: leaseUntil(leaseMs) })
    .where(and(eq(workspaces.workspaceId, workspaceId), eq(workspaces.state, 'idle')))
    .returning({ workspaceId: workspaces.workspaceId });
  return taken.length === 1;
}

/** Takes the run away: its token opens nothing from then on. */
export async function idleWorkspace(tx: Tx, workspaceId: string, leaseMs: number): Promise<void> {
  await tx
    .update(workspaces)
    .set({ state: 'idle', runId: null, leaseUntil: leaseUntil(leaseMs) })
    .where(and(eq(workspaces.workspaceId, workspaceId), ne(workspaces.state, 'ended')));
}

/** The same for the place of one run, which must still hold it: a repetition takes nothing from a later run. */
export async function leaveWorkspace(tx: Tx, workspaceId: string, runId: string, leaseMs: number): Promise<void> {
  await tx
    .update(workspaces)
    .set({ state: 'idle', runId: null, leaseUntil: leaseUntil(leaseMs) })
    .where(and(eq(workspaces.workspaceId, workspaceId), eq(workspaces.runId, runId), eq(workspaces.state, 'active')));
}

export async function endWorkspace(tx: Tx, workspaceId: string): Promise<void> {
  await tx.update(workspaces).set({ state: 'ended', runId: null }).where(eq(workspaces.workspaceId, workspaceId));
}

export async function renewWorkspaceLease(tx: Tx, workspaceId: string, leaseMs: number): Promise<void> {
  await tx
    .update(workspaces)
    .set({ leaseUntil: leaseUntil(leaseMs) })
    .where(and(eq(workspaces.workspaceId, workspaceId), ne(workspaces.state, 'ended')));
}

/** The last save within a turn: where the next attempt resumes. */
export async function recordSave(tx: Tx, workspaceId: string, save: NonNullable<WorkspaceRow['save']>): Promise<void> {
  await tx.update(workspaces).set({ save }).where(eq(workspaces.workspaceId, workspaceId));
}

/** Still to be cared for by somebody. */
const livingStates = ['active', 'idle', 'warm'] as const;

/** Workspaces that a host should hold, of every tenant that the role sees. */
export async function listWorkspacesOfHost(tx: Tx, hostId: string): Promise<WorkspaceRow[]> {
  return tx
    .select()
    .from(workspaces)
    .where(and(eq(workspaces.hostId, hostId), inArray(workspaces.state, livingStates)));
}

/** Living workspaces whose lease is over, of every tenant that the role sees: for the housekeeper. */
export async function listLapsedWorkspaces(tx: Tx, limit: number): Promise<WorkspaceRow[]> {
  return tx
    .select()
    .from(workspaces)
    .where(and(inArray(workspaces.state, livingStates), lt(workspaces.leaseUntil, new Date())))
    .orderBy(workspaces.leaseUntil)
    .limit(limit);
}
