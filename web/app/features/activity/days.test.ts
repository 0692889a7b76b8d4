import { describe, expect, it } from '@jest/globals';
import { groupByDay } from './days.ts';

const at = (text: string) => ({ createdAtMs: Date.parse(text) });

describe('groupByDay', () => {
  const acts = [at('2025-03-02T00:30:00Z'), at('2025-03-01T23:30:00Z'), at('2025-03-01T09:00:00Z'), at('2025-02-27T12:00:00Z')];
  const nowMs = Date.parse('2025-03-02T08:00:00Z');

  it.each([
    [
      'UTC',
      [
        ['Today', 1],
        ['Yesterday', 2],
        ['Thursday 27 February 2025', 1],
      ],
    ],
    [
      'Europe/Berlin',
      [
        ['Today', 2],
        ['Yesterday', 1],
        ['Thursday 27 February 2025', 1],
      ],
    ],
    [
      'America/New_York',
      [
        ['Yesterday', 3],
        ['Thursday 27 February 2025', 1],
      ],
    ],
  ])('in %s', (timeZone, expected) => {
    const groups = groupByDay(acts, { timeZone, nowMs });

    expect(groups.map(({ label, items }) => [label, items.length])).toEqual(expected);
  });

  it('knows yesterday across the change of the clocks', () => {
    const nowMs = Date.parse('2025-03-31T00:30:00+02:00');

    expect(groupByDay([at('2025-03-30T00:30:00+01:00')], { timeZone: 'Europe/Berlin', nowMs })[0]?.label).toBe('Yesterday');
  });

  it('has no group for no acts', () => {
    expect(groupByDay([], { timeZone: 'UTC', nowMs })).toEqual([]);
  });
});
