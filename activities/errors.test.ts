import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { z } from 'zod';
import { DomainError } from '../workflows/contracts/errors.ts';
import { toFailure } from './errors.ts';

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it threw nothing');
}

describe('toFailure', () => {
  it.each([
    ['permanent', true],
    ['transient', false],
  ] as const)('makes the code of a %s DomainError the type', (kind, nonRetryable) => {
    const failure = toFailure(new DomainError(kind, 'remote-moved', 'publish: somebody else pushed', { details: { branch: 'x' } }));

    expect(failure).toMatchObject({
      type: 'remote-moved',
      message: 'publish: somebody else pushed',
      nonRetryable,
      details: [{ branch: 'x' }],
    });
  });

  it('takes a foreign shape as permanent and names its fields', () => {
    const failure = toFailure(thrownBy(() => z.object({ a: z.object({ b: z.string() }) }).parse({ a: { b: 1 } })));

    expect(failure).toMatchObject({ type: 'foreign-shape', nonRetryable: true, message: expect.stringContaining('a.b') });
  });

  it('leaves the failures of Temporal as they are', () => {
    const cancelled = new CancelledFailure('CANCELLED');
    const failure = ApplicationFailure.nonRetryable('x', 'y');

    expect(toFailure(cancelled)).toBe(cancelled);
    expect(toFailure(failure)).toBe(failure);
  });

  it('retries what nobody expected', () => {
    expect(toFailure(new TypeError('x is undefined'))).toMatchObject({ type: 'internal', nonRetryable: false });
    expect(toFailure('a string')).toMatchObject({ type: 'internal', message: 'a string' });
  });
});
