import { describe, expect, it } from '@jest/globals';
import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { refusalOf } from './failure.ts';

/** How a workflow sees what `finaliseCheckpoint` failed with. */
function failedWith(details: unknown[]): ActivityFailure {
  const cause = ApplicationFailure.create({ message: 'why', type: 'checkpoint-failed', nonRetryable: true, details });
  return new ActivityFailure('failed', 'finaliseCheckpoint', '1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);
}

describe('refusalOf', () => {
  it.each([
    ['a secret in it', 'secret-in-change'],
    ['its size', 'artifact-too-large'],
  ])('is the words of work that is refused for %s', (_what, code) => {
    expect(refusalOf(failedWith([{ sizeBytes: 1, code }]))).toBe('why');
  });

  it.each<[string, unknown]>([
    ['another code', failedWith([{ code: 'bundle-broken' }])],
    ['no code', failedWith([])],
    ['another failure', new Error('why')],
  ])('is null for %s', (_what, error) => {
    expect(refusalOf(error)).toBeNull();
  });
});
