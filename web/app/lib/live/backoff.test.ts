import { describe, expect, it } from '@jest/globals';
import { retryDelayMs } from './backoff.ts';

describe('retryDelayMs', () => {
  it.each([
    [1, 400],
    [2, 800],
    [4, 3_200],
    [5, 5_000],
    [10_000, 5_000],
  ])('attempt %d waits %d ms', (attempt, expected) => {
    const delay = retryDelayMs(attempt, 0.5);

    expect(delay).toBe(expected);
  });

  it('spreads over a quarter to both sides', () => {
    const delays = [retryDelayMs(9, 0), retryDelayMs(9, 1)];

    expect(delays).toEqual([3_750, 6_250]);
  });
});
