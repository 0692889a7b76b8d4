import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/common';

/** Code and message of the failure at the bottom of a Temporal error: what a person is told. */
export function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return failureOf(error.cause);
  if (error instanceof ApplicationFailure) return { code: error.type ?? 'internal', message: error.message };
  if (error instanceof TimeoutFailure) return { code: 'timed-out', message: `The step timed out (${error.timeoutType}); try again.` };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
