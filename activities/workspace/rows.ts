import { and, desc, eq, gte, inArray, like, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Database, Tx } from '../../db/port.ts';
import { llmCalls, messages, projects, runs, slots, workspaces } from '../../db/schema.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { TokenUsage } from '../../workflows/contracts/run.ts';
import { leaseMs } from './dependencies.ts';

export type ProjectRow = typeof projects.$inferSelect;
export type WorkspaceRow = typeof workspaces.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;

/** The project; DomainError `project-missing`. */
export async function readProject(tx: Tx, projectId: string): Promise<ProjectRow> {
  const [row] = await tx.select().from(projects).where(eq(projects.projectId, projectId)).limit(1);
  if (row) return row;
  throw new DomainError(
    'permanent',
    'project-missing',
    'preparing the run: its project does not exist any more; submit to another project',
  );
}

/** The messages in the order asked for; DomainError `message-missing` names the ones that are not there. */
export async function readMessages(tx: Tx, messageIds: string[]): Promise<MessageRow[]> {
  if (messageIds.length === 0) return [];
  const rows = await tx.select().from(messages).where(inArray(messages.messageId, messageIds));
  return messageIds.map((messageId) => {
    const row = rows.find((candidate) => candidate.messageId === messageId);
    if (row) return row;
    throw new DomainError('permanent', 'message-missing', `preparing the run: message ${messageId} is not in the database; send it again`);
  });
}

/** One workspace; null when it was never made. */
export async function findWorkspace(tx: Tx, workspaceId: string): Promise<WorkspaceRow | null> {
  const [row] = await tx.select().from(workspaces).where(eq(workspaces.workspaceId, workspaceId)).limit(1);
  return row ?? null;
}

/** The same for callers that know no tenant: a housekeeper's read. DomainError `workspace-missing`. */
export async function requireWorkspace(database: Database, workspaceId: string): Promise<WorkspaceRow> {
  const row = await database.asHousekeeper((tx) => findWorkspace(tx, workspaceId));
  if (row) return row;
  throw new DomainError('permanent', 'workspace-missing', `workspace ${workspaceId} is not in the database; retry the run`);
}

/** The agent workspaces of a request, newest first. */
export async function agentWorkspaces(tx: Tx, requestId: string): Promise<WorkspaceRow[]> {
  return tx
    .select()
    .from(workspaces)
    .where(and(eq(workspaces.requestId, requestId), eq(workspaces.purpose, 'agent')))
    .orderBy(desc(workspaces.createdAt));
}

/** How many check workspaces a run has had. */
export async function countChecks(tx: Tx, runId: string): Promise<number> {
  const rows = await tx
    .select({ workspaceId: workspaces.workspaceId })
    .from(workspaces)
    .where(like(workspaces.workspaceId, `${runId}-c%`));
  return rows.length;
}

/** Writes a workspace as active under a fresh lease; making it again on another host moves it there. */
export async function insertWorkspace(tx: Tx, row: Omit<typeof workspaces.$inferInsert, 'state' | 'leaseUntil'>): Promise<void> {
  const lease = leaseUntil();
  const { hostId, provisioner, runId } = row;
  await tx
    .insert(workspaces)
    .values({ ...row, state: 'active', leaseUntil: lease })
    .onConflictDoUpdate({ target: workspaces.workspaceId, set: { hostId, provisioner, runId, state: 'active', leaseUntil: lease } });
}

/** Takes an idle workspace over for a run; false when somebody else was quicker. */
export async function takeIdle(tx: Tx, workspaceId: string, run: { runId: string; attempt: number; baseCommit: string }): Promise<boolean> {
  const rows = await tx
    .update(workspaces)
    .set({ ...run, state: 'active', save: null, leaseUntil: leaseUntil() })
    .where(and(eq(workspaces.workspaceId, workspaceId), eq(workspaces.state, 'idle')))
    .returning({ workspaceId: workspaces.workspaceId });
  return rows.length > 0;
}

/** Lays an active workspace aside for follow-ups until `untilMs`: its token opens nothing meanwhile. */
export async function layIdle(tx: Tx, workspaceId: string, untilMs: number): Promise<boolean> {
  const rows = await tx
    .update(workspaces)
    .set({ state: 'idle', runId: null, leaseUntil: new Date(untilMs) })
    .where(and(eq(workspaces.workspaceId, workspaceId), eq(workspaces.state, 'active')))
    .returning({ workspaceId: workspaces.workspaceId });
  return rows.length > 0;
}

/** Ends workspaces: their tokens open nothing any more. */
export async function endWorkspaces(tx: Tx, workspaceIds: string[]): Promise<void> {
  if (workspaceIds.length === 0) return;
  await tx.update(workspaces).set({ state: 'ended' }).where(inArray(workspaces.workspaceId, workspaceIds));
}

/** Keeps what a turn saved: where the next attempt resumes. */
export async function storeSave(tx: Tx, workspaceId: string, save: NonNullable<WorkspaceRow['save']>): Promise<void> {
  await tx.update(workspaces).set({ save }).where(eq(workspaces.workspaceId, workspaceId));
}

/** Renews the leases of an active workspace and of its run's slot. */
export async function renewLeases(tx: Tx, input: { workspaceId: string; runId: string }): Promise<void> {
  const lease = leaseUntil();
  await Promise.all([
    tx
      .update(workspaces)
      .set({ leaseUntil: lease })
      .where(and(eq(workspaces.workspaceId, input.workspaceId), eq(workspaces.state, 'active'))),
    tx
      .update(slots)
      .set({ leaseUntil: lease })
      .where(and(eq(slots.holder, input.runId), sql`${slots.grantedAt} is not null`)),
  ]);
}

/** Notes how messages reached the agent. A steered one stays steered. */
export async function setDispositions(tx: Tx, input: { steered: string[]; queued: string[]; runId: string }): Promise<void> {
  const { steered, queued, runId } = input;
  if (steered.length > 0) await tx.update(messages).set({ disposition: 'steered', runId }).where(inArray(messages.messageId, steered));
  if (queued.length === 0) return;
  await tx
    .update(messages)
    .set({ disposition: 'queued' })
    .where(and(inArray(messages.messageId, queued), inArray(messages.disposition, ['accepted', 'queued'])));
}

/** Marks that a run's agent is being started and on which attempt. */
export async function markWorking(tx: Tx, input: { runId: string; attempt: number; baseCommit: string }): Promise<void> {
  await tx
    .update(runs)
    .set({ status: 'working', attempts: input.attempt, baseCommit: input.baseCommit })
    .where(and(eq(runs.runId, input.runId), inArray(runs.status, ['waiting', 'working'])));
}

/** What the gateway metered for a run since a moment: never the agent's own word. */
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

function leaseUntil(): Date {
  return new Date(Date.now() + leaseMs);
}
