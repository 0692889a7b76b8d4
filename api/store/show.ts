import type { mergeRequests, reviews, runs } from '../../db/schema.ts';
import type { MergeRequest } from '../schemas/others.ts';
import type { Review, RunSummary } from '../schemas/runs.ts';

/** A run's row as the API shows it. */
export function showRun(row: typeof runs.$inferSelect): RunSummary {
  return {
    runId: row.runId,
    requestId: row.requestId,
    ordinal: row.ordinal,
    purpose: row.purpose as RunSummary['purpose'],
    status: row.status,
    reason: row.reason as RunSummary['reason'],
    message: row.message,
    attempts: row.attempts,
    checkpoint: row.checkpoint,
    checks: row.checks,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    createdAtMs: row.createdAt.getTime(),
    endedAtMs: row.endedAt?.getTime() ?? null,
  };
}

/** A review's row as the API shows it. */
export function showReview(row: typeof reviews.$inferSelect): Review {
  const { reviewId, requestId, commit, status, verdict, summary, findings, createdAt } = row;
  return { reviewId, requestId, commit, status, verdict, summary, findings, createdAtMs: createdAt.getTime() };
}

/** A merge request's row as the API shows it. */
export function showMergeRequest(row: typeof mergeRequests.$inferSelect): MergeRequest {
  const { tenantId: _tenantId, createdAt, updatedAt, ...rest } = row;
  return { ...rest, createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() };
}
