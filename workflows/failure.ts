import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/common';
import { z } from 'zod';
import { refusedChangeCodes } from './contracts/errors.ts';

/** Code and message of the failure at the bottom of a Temporal error: what a person is told. */
export function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return failureOf(error.cause);
  if (error instanceof ApplicationFailure) return { code: error.type ?? 'internal', message: error.message };
  if (error instanceof TimeoutFailure) return { code: 'timed-out', message: `The step timed out (${error.timeoutType}); try again.` };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

const Details = z.tuple([z.object({ code: z.enum(refusedChangeCodes) })]);

/** The words of an activity that refused a change until something is taken out, which its failure names beside its own code; null otherwise. */
export function refusalOf(error: unknown): string | null {
  const cause = error instanceof ActivityFailure ? error.cause : null;
  return cause instanceof ApplicationFailure && Details.safeParse(cause.details).success ? cause.message : null;
}
