import { ActivityCancellationType, isCancellation, proxyActivities, setWorkflowOptions } from '@temporalio/workflow';
import type { ReviewActivities } from '../contracts/activities.ts';
import { taskQueues } from '../contracts/ids.ts';
import type { ReviewInput, ReviewResult } from '../contracts/run.ts';
import { failureOf } from '../failure.ts';

const { reviewCheckpoint } = proxyActivities<ReviewActivities>({
  taskQueue: taskQueues.watch,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '15 s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  // A review is read-only and its workspace is named by its id: a second try costs tokens only.
  retry: { initialInterval: '1 s', maximumAttempts: 2 },
});

/** The agent's own review of one checkpoint. It never blocks a request: a review that fails says so and is left out. */
export async function automatedReview(input: ReviewInput): Promise<ReviewResult> {
  try {
    return await reviewCheckpoint(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { reviewId: input.reviewId, status: 'failed', verdict: 'comment', summary: failureOf(error).message, findings: [] };
  }
}

setWorkflowOptions({ versioningBehavior: 'PINNED' }, automatedReview);
