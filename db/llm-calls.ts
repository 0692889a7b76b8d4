import { and, eq, sql, type SQL } from 'drizzle-orm';
import type { TokenUsage } from '../workflows/contracts/run.ts';
import type { Tx } from './port.ts';
import { llmCalls, projects, requests, workspaces } from './schema.ts';

export type LlmCallRow = typeof llmCalls.$inferSelect;

/** Written before the call is forwarded; after `leaseMs` without a renewal its reservation counts as used. */
export async function startLlmCall(
  tx: Tx,
  call: Pick<LlmCallRow, 'tenantId' | 'callId' | 'requestId' | 'runId' | 'workspaceId' | 'model' | 'upstream' | 'reservedTokens'>,
  leaseMs: number,
): Promise<void> {
  await tx.insert(llmCalls).values({ ...call, state: 'started', leaseUntil: leaseEnd(leaseMs) });
}

/** Says that the call is under way still. */
export async function renewLlmCall(tx: Tx, callId: string, leaseMs: number): Promise<void> {
  await tx
    .update(llmCalls)
    .set({ leaseUntil: leaseEnd(leaseMs) })
    .where(and(eq(llmCalls.callId, callId), eq(llmCalls.state, 'started')));
}

/**
 * Where a request stands with the tokens that its project allows. A call that nobody settled counts as what it reserved, since nobody
 * knows what the provider made of it. Where there is a budget, nobody else reads it until the transaction ends, so that what is
 * reserved next fits still.
 */
export async function lockTokenBudget(tx: Tx, requestId: string): Promise<{ budget: number | null; counted: number; reserved: number }> {
  const [project] = await tx
    .select({ settings: projects.settings })
    .from(requests)
    .innerJoin(projects, eq(projects.projectId, requests.projectId))
    .where(eq(requests.requestId, requestId));
  const budget = project?.settings.tokenBudget ?? null;
  if (budget === null) return { budget, counted: 0, reserved: 0 };
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`token-budget/${requestId}`}, 0))`);
  const said = sql`${llmCalls.inputTokens} + ${llmCalls.outputTokens}`;
  const charge = sql`coalesce(${llmCalls.countedTokens}, ${said}, ${llmCalls.reservedTokens})`;
  const isHeld = sql`(${llmCalls.state} = 'started' and ${llmCalls.leaseUntil} > clock_timestamp())`;
  const [sums] = await tx
    .select({
      counted: sql`coalesce(sum(${charge}) filter (where not ${isHeld}), 0)`.mapWith(Number),
      reserved: sql`coalesce(sum(${llmCalls.reservedTokens}) filter (where ${isHeld}), 0)`.mapWith(Number),
    })
    .from(llmCalls)
    .where(eq(llmCalls.requestId, requestId));
  return { budget, counted: sums?.counted ?? 0, reserved: sums?.reserved ?? 0 };
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
    countedTokens: number;
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
 * has been over for as long (a workspace that lives may have its call under way). They stay without a count, so that what they
 * reserved is charged. Answers how many. For the housekeeper, who reads nothing of what calls cost.
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

/** Whether a workspace has ever called a model. */
export async function hasCalledModel(
  tx: Tx,
  { requestId, workspaceId }: { requestId: string | null; workspaceId: string },
): Promise<boolean> {
  // Nobody's yet: no agent has had a word in it.
  if (requestId === null) return false;
  const found = await tx
    .select({ callId: llmCalls.callId })
    .from(llmCalls)
    .where(and(eq(llmCalls.requestId, requestId), eq(llmCalls.workspaceId, workspaceId)))
    .limit(1);
  return found.length > 0;
}

/** The calls of a run, oldest first. */
export async function listLlmCalls(tx: Tx, runId: string): Promise<LlmCallRow[]> {
  return tx.select().from(llmCalls).where(eq(llmCalls.runId, runId)).orderBy(llmCalls.startedAt);
}

function leaseEnd(leaseMs: number): SQL {
  return sql`clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'`;
}
