import { desc, eq } from 'drizzle-orm';
import type { ReviewInput, ReviewResult } from '../workflows/contracts/run.ts';
import type { Tx } from './port.ts';
import { reviews } from './schema.ts';

export type ReviewRow = typeof reviews.$inferSelect;

/** The row of a review at work; nothing when it is there. */
export async function startReview(tx: Tx, input: ReviewInput): Promise<void> {
  await tx
    .insert(reviews)
    .values({
      tenantId: input.request.tenantId,
      reviewId: input.reviewId,
      requestId: input.request.requestId,
      commit: input.checkpoint.commit,
      status: 'working',
    })
    .onConflictDoNothing();
}

/** Writes the result of a started review; answers false when there is no such review. */
export async function finishReview(tx: Tx, result: ReviewResult): Promise<boolean> {
  const { reviewId, ...changes } = result;
  const changed = await tx.update(reviews).set(changes).where(eq(reviews.reviewId, reviewId)).returning({ reviewId: reviews.reviewId });
  return changed.length === 1;
}

/** Null when there is none in this tenant. */
export async function getReview(tx: Tx, reviewId: string): Promise<ReviewRow | null> {
  const [row] = await tx.select().from(reviews).where(eq(reviews.reviewId, reviewId));
  return row ?? null;
}

/** Every review of a request, newest first. */
export async function listReviews(tx: Tx, requestId: string): Promise<ReviewRow[]> {
  return tx.select().from(reviews).where(eq(reviews.requestId, requestId)).orderBy(desc(reviews.createdAt));
}
