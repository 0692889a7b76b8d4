import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { TokenUsage } from '../workflows/contracts/run.ts';
import type { Tx } from './port.ts';
import { llmCalls, workspaces } from './schema.ts';

export type LlmCallRow = typeof llmCalls.$inferSelect;

/** Written before the call is forwarded. */
export async function startLlmCall(
  tx: Tx,
  call: Pick<LlmCallRow, 'tenantId' | 'callId' | 'requestId' | 'runId' | 'workspaceId' | 'model' | 'upstream'>,
): Promise<void> {
  await tx.insert(llmCalls).values({ ...call, state: 'started' });
}

/** Written after, once: a call that is settled stays as it is. */
export async function settleLlmCall(
  tx: Tx,
  callId: string,
  outcome: {
    state: 'completed' | 'failed' | 'aborted';
    status: number | null;
    error: string | null;
    usage: TokenUsage | null;
    firstByteAt: Date | null;
  },
): Promise<void> {
  const { usage, ...rest } = outcome;
  await tx
    .update(llmCalls)
    .set({ ...rest, ...usage, endedAt: new Date() })
    .where(and(eq(llmCalls.callId, callId), eq(llmCalls.state, 'started')));
}

/**
 * Aborts calls that nobody will settle, as after a gateway was killed: started longer ago than `olderThanMs`, and their workspace
 * has been over for as long (a workspace that lives may have its call under way). Answers how many. For the housekeeper.
 */
export async function abortLostLlmCalls(tx: Tx, olderThanMs: number): Promise<number> {
  const before: SQL = sql`clock_timestamp() - ${olderThanMs}::float8 * interval '1 millisecond'`;
  const aborted = await tx
    .update(llmCalls)
    .set({ state: 'aborted', error: 'The gateway ended during this call.', endedAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(llmCalls.state, 'started'),
        sql`${llmCalls.startedAt} < ${before}`,
        // Nobody renews the lease of what has ended.
        sql`not exists (select from ${workspaces} where ${workspaces.workspaceId} = ${llmCalls.workspaceId} and (${workspaces.state} <> 'ended' or ${workspaces.leaseUntil} >= ${before}))`,
      ),
    )
    .returning({ callId: llmCalls.callId });
  return aborted.length;
}

/** What the settled calls of a run cost. */
export async function usageOfRun(tx: Tx, runId: string): Promise<TokenUsage> {
  const [row] = await tx
    .select({
      inputTokens: sql`coalesce(sum(${llmCalls.inputTokens}), 0)`.mapWith(Number),
      cachedInputTokens: sql`coalesce(sum(${llmCalls.cachedInputTokens}), 0)`.mapWith(Number),
      outputTokens: sql`coalesce(sum(${llmCalls.outputTokens}), 0)`.mapWith(Number),
    })
    .from(llmCalls)
    .where(eq(llmCalls.runId, runId));
  return row ?? { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
}

/** The calls of a run, oldest first. */
export async function listLlmCalls(tx: Tx, runId: string): Promise<LlmCallRow[]> {
  return tx.select().from(llmCalls).where(eq(llmCalls.runId, runId)).orderBy(llmCalls.startedAt);
}
