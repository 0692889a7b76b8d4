import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ZodError } from 'zod';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import type { Logger } from '../config/logger.ts';

/**
 * The one translation of errors at the activity boundary: a DomainError's code becomes the failure's type, `permanent`
 * becomes non-retryable; a foreign shape (ZodError) is permanent and names the fields; Temporal's own failures pass unchanged.
 */
export function toFailure(error: unknown): Error {
  if (error instanceof TemporalFailure || (error instanceof Error && isAbort(error))) return error;
  if (error instanceof DomainError)
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: error.kind === 'permanent',
      details: [error.details],
    });
  if (error instanceof ZodError)
    return ApplicationFailure.create({
      message: `a value has a foreign shape: ${error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
      type: 'foreign-shape',
      nonRetryable: true,
    });
  return ApplicationFailure.create({ message: messageOf(error), type: 'internal', nonRetryable: false });
}

function isAbort(error: Error): boolean {
  return error.name === 'AbortError';
}

/** Interceptor of every activity worker: translates what an activity throws and logs its failure once. */
export function errorTranslator(logger: Logger): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          const failure = toFailure(error);
          logFailure(logger, context.info, error, failure);
          throw failure;
        }
      },
    },
  });
}

function logFailure(logger: Logger, info: { activityType: string; attempt: number }, error: unknown, failure: Error): void {
  if (failure instanceof CancelledFailure || isAbort(failure)) return;
  const stack = error instanceof DomainError || !(error instanceof Error) ? undefined : error.stack;
  logger.warn('activity failed', {
    activity: info.activityType,
    attempt: info.attempt,
    code: failure instanceof ApplicationFailure ? failure.type : failure.name,
    reason: failure.message,
    stack,
  });
}
