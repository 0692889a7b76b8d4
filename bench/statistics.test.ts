import { describe, expect, it } from '@jest/globals';
import { percentile, summary } from './statistics.ts';

describe('percentile', () => {
  it('takes the nearest rank, whatever the order of the samples', () => {
    const samples = [5, 1, 4, 2, 3, 6, 7, 8, 9, 10];

    expect(percentile(samples, 50)).toBe(5);
    expect(percentile(samples, 95)).toBe(10);
    expect(percentile([7], 50)).toBe(7);
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('summary', () => {
  it('rounds to a tenth', () => {
    expect(summary([1.04, 1.26])).toEqual({ p50: 1, p95: 1.3, max: 1.3 });
  });
});
