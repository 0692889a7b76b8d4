import { describe, expect, it } from '@jest/globals';
import { addedLatency, growthOf } from './gateway-figures.ts';

describe('addedLatency', () => {
  it('is the difference of the percentiles, not of single chunks', () => {
    const direct = [1, 1, 1, 1, 9];
    const through = [9.5, 1.25, 1.25, 1.25, 1.25];

    expect(addedLatency(through, direct)).toEqual({ p50: 0.25, p95: 0.5 });
  });
});

describe('growthOf', () => {
  it('compares the ends of a curve, so that one look out of line is none', () => {
    expect(growthOf([100, 100, 100, 500, 100, 100, 110, 900, 110])).toBe(1.1);
    expect(growthOf([100, 200, 300])).toBe(3);
    expect(growthOf([100, 200])).toBeNaN();
  });
});
