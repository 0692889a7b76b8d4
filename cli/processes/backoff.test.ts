import { describe, expect, it } from '@jest/globals';
import { restartDelayMs } from './backoff.ts';

describe('restartDelayMs', () => {
  it.each([
    [0, 250],
    [1, 250],
    [2, 500],
    [3, 1_000],
    [7, 10_000],
    [10_000, 10_000],
  ])('after %d failures waits %d ms', (failures, expected) => {
    const delay = restartDelayMs(failures);

    expect(delay).toBe(expected);
  });
});
