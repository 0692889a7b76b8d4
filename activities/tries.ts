import { Context } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';

/** What is away comes back by itself or by an operator; however often one finds it away, the work that waits for it is not lost. */
const outages: ReadonlySet<string> = new Set([
  'database-unreachable',
  'database-busy',
  'gateway-unreachable',
  'docker-unreachable',
  'docker-certificate',
  'kubernetes-unreachable',
  'host-stopping',
]);

/** A place that is gone while it starts is not waited for: the next attempt makes another. */
const triesForPlace = 5;
const triesOtherwise = 10;

/**
 * What a failed try of an activity throws whose retries are not counted by its workflow: an outage stays as it is, anything else
 * becomes permanent once it failed often enough, so that a person hears of it. Pure.
 */
export function afterTry(error: unknown, attempt: number): unknown {
  if (!(error instanceof DomainError)) return isUnexpected(error) && attempt >= triesOtherwise ? givenUp('internal', error) : error;
  if (error.kind === 'permanent' || isOutage(error)) return error;
  return attempt >= (error.code === 'place-lost' ? triesForPlace : triesOtherwise) ? givenUp(error.code, error) : error;
}

/** An activity that gives up by `afterTry`. */
export function countingTries<I, O>(activity: (input: I) => Promise<O>): (input: I) => Promise<O> {
  return async function counted(input) {
    try {
      return await activity(input);
    } catch (error) {
      throw afterTry(error, Context.current().info.attempt);
    }
  };
}

/** Whether a failure says that something is away, also where a stage gave it its own code and kept the first one beside it. Pure. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof DomainError)) return false;
  const { code, details } = error;
  const first = details['code'];
  return outages.has(code) || (typeof first === 'string' && outages.has(first));
}

/** Neither an expected failure nor Temporal's own, such as a cancellation. */
function isUnexpected(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TemporalFailure) && error.name !== 'AbortError' && error.name !== 'ZodError';
}

function givenUp(code: string, error: unknown): DomainError {
  const details = error instanceof DomainError ? error.details : {};
  return new DomainError('permanent', code, messageOf(error), { cause: error, details });
}
