import { describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { DomainError } from '../workflows/contracts/errors.ts';
import { afterTry } from './tries.ts';

const failure = (code: string, details: Record<string, unknown> = {}) => new DomainError('transient', code, 'why', { details });

describe('afterTry', () => {
  it.each([
    ['a database that is away', failure('database-unreachable'), 1_000],
    ['a gateway that is away', failure('gateway-unreachable'), 1_000],
    ['a Docker daemon whose certificate is being renewed', failure('docker-certificate'), 1_000],
    ['a gateway that is away while the repository is prepared', failure('repository', { code: 'gateway-unreachable' }), 1_000],
    ['a host that stops', failure('host-stopping'), 1_000],
    ['a repository that was not reached some times', failure('repository', { code: 'repository-unreachable' }), 9],
    ['a place that was lost some times', failure('place-lost'), 4],
    ['an unexpected error some times', new TypeError('why'), 9],
    ['a cancellation', new CancelledFailure('why'), 1_000],
    ['what is permanent already', new DomainError('permanent', 'setup-failed', 'why'), 1],
  ])('leaves %s as it is', (_name, error, attempt) => {
    expect(afterTry(error, attempt)).toBe(error);
  });

  it.each([
    ['a repository that is never reached', failure('repository', { code: 'repository-unreachable' }), 10, 'repository'],
    ['a place that is lost each time', failure('place-lost'), 5, 'place-lost'],
    ['an unexpected error', new TypeError('why'), 10, 'internal'],
  ])('gives up on %s, with its code and words', (_name, error, attempt, code) => {
    expect(afterTry(error, attempt)).toMatchObject({ kind: 'permanent', code, message: 'why', cause: error });
  });
});
