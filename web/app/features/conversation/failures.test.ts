import { describe, expect, it } from '@jest/globals';
import { FailureReason } from '../../../../workflows/contracts/run.ts';
import { describeEnd, describeFailure } from './failures.ts';

describe('describeFailure', () => {
  it('has words of its own for every reason that a run ends with', () => {
    const fallback = describeFailure('no-such-reason').advice;

    for (const reason of FailureReason.options) expect([reason, describeFailure(reason).advice]).not.toEqual([reason, fallback]);
  });

  it.each([
    ['some-new_code', 'Some new code'],
    [null, 'Waiting for a person'],
  ])('shows %j as %j', (reason, title) => {
    expect(describeFailure(reason).title).toBe(title);
  });
});

describe('describeEnd', () => {
  it.each([
    ['DONE', 'merged', null, /merged/],
    ['DONE', 'no-changes', null, /changed nothing/],
    ['DONE', 'patch', null, /Download it/],
    ['CANCELLED', 'cancelled', 'not needed', /^Cancelled: not needed$/],
    ['CANCELLED', 'cancelled', null, /^Cancelled\.$/],
  ] as const)('of %s with %s', (stage, outcome, reason, words) => {
    expect(describeEnd({ stage, outcome, status: { reason } })).toMatch(words);
  });
});
