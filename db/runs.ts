import { and, eq, gt, inArray, isNull } from 'drizzle-orm';
import type { RunInput, RunResult, TokenUsage } from '../workflows/contracts/run.ts';
import { keyset, toPage, type Page, type PageInput } from './keyset.ts';
import type { Tx } from './port.ts';
import { runs } from './schema.ts';

export type RunRow = typeof runs.$inferSelect;

/** Inserts once by runId; answers whether it was new. */
export async function insertRun(tx: Tx, run: RunInput, status: 'waiting' | 'working'): Promise<boolean> {
  const inserted = await tx
    .insert(runs)
    .values({
      tenantId: run.request.tenantId,
      runId: run.runId,
      requestId: run.request.requestId,
      ordinal: run.ordinal,
      purpose: run.purpose,
      status,
      createdAt: new Date(run.createdAtMs),
    })
    .onConflictDoNothing()
    .returning({ runId: runs.runId });
  return inserted.length === 1;
}

/** Changes a run that has not ended; answers whether there was one. */
export async function updateRun(
  tx: Tx,
  runId: string,
  changes: Partial<Pick<RunRow, 'status' | 'attempts' | 'baseCommit' | 'checkpoint' | 'checks' | 'message'>>,
): Promise<boolean> {
  const changed = await tx
    .update(runs)
    .set(changes)
    .where(and(eq(runs.runId, runId), isNull(runs.endedAt)))
    .returning({ runId: runs.runId });
  return changed.length === 1;
}

/** Writes the end once; answers whether this call did. */
export async function endRun(tx: Tx, result: RunResult, usage: TokenUsage): Promise<boolean> {
  const ended = await tx
    .update(runs)
    .set({
      status: result.status,
      reason: result.reason,
      message: result.message,
      attempts: result.attempts,
      checkpoint: result.checkpoint,
      baseCommit: result.checkpoint?.baseCommit,
      checks: result.checks,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      endedAt: new Date(),
    })
    .where(and(eq(runs.runId, result.runId), isNull(runs.endedAt)))
    .returning({ runId: runs.runId });
  return ended.length === 1;
}

/** The housekeeper's end of a run whose workflow is gone; answers whether it was open. */
export async function abandonRun(tx: Tx, runId: string, reason: string, message: string): Promise<boolean> {
  const ended = await tx
    .update(runs)
    .set({ status: 'failed', reason, message, endedAt: new Date() })
    .where(and(eq(runs.runId, runId), isNull(runs.endedAt)))
    .returning({ runId: runs.runId });
  return ended.length === 1;
}

/** Null when there is none in this tenant. */
export async function getRun(tx: Tx, runId: string): Promise<RunRow | null> {
  const [row] = await tx.select().from(runs).where(eq(runs.runId, runId));
  return row ?? null;
}

/** The runs of a request in order. */
export async function listRunsOfRequest(tx: Tx, requestId: string): Promise<RunRow[]> {
  return tx.select().from(runs).where(eq(runs.requestId, requestId)).orderBy(runs.ordinal);
}

/** Newest first, of the tenant or of one request. */
export async function listRuns(tx: Tx, input: PageInput & { requestId?: string; statuses?: RunRow['status'][] }): Promise<Page<RunRow>> {
  const page = keyset(runs.createdAt, runs.runId, input);
  const rows = await tx
    .select({ at: page.at, row: runs })
    .from(runs)
    .where(
      and(
        page.where,
        input.requestId ? eq(runs.requestId, input.requestId) : undefined,
        input.statuses?.length ? inArray(runs.status, input.statuses) : undefined,
      ),
    )
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return toPage(rows, page, (row) => row.runId);
}

/** Runs that have not ended, of every tenant that the role sees, by id, a page after `after` at a time: for the housekeeper. */
export async function listOpenRuns(tx: Tx, page: { after: string | null; limit: number }): Promise<RunRow[]> {
  return tx
    .select()
    .from(runs)
    .where(and(inArray(runs.status, ['waiting', 'working']), page.after === null ? undefined : gt(runs.runId, page.after)))
    .orderBy(runs.runId)
    .limit(page.limit);
}
