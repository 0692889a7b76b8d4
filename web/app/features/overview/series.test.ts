import { describe, expect, it } from '@jest/globals';
import { dayLabel, isQuiet, lastDays, type ProjectDay, seriesOf } from './series.ts';

const nowMs = Date.UTC(2025, 10, 3, 23, 59);
const span = { days: 3, nowMs };

function row(day: string, projectId: string, changes: Partial<ProjectDay> = {}): ProjectDay {
  const nothing = { opened: 0, merged: 0, failed: 0, ended: 0, leadTimeMsP50: null, inputTokens: 0, outputTokens: 0 };
  return { day, projectId, projectName: `name of ${projectId}`, ...nothing, ...changes };
}

describe('lastDays', () => {
  it('ends with today and crosses months', () => {
    expect(lastDays(4, nowMs)).toEqual(['2025-10-31', '2025-11-01', '2025-11-02', '2025-11-03']);
  });
});

describe('seriesOf', () => {
  const rows = [
    row('2025-11-01', 'a', { opened: 3, merged: 3, failed: 1, ended: 4, leadTimeMsP50: 1000, inputTokens: 10, outputTokens: 1 }),
    row('2025-11-01', 'b', { opened: 1, merged: 1, ended: 1, leadTimeMsP50: 5000, inputTokens: 5 }),
    row('2025-11-03', 'b', { opened: 9, failed: 2, ended: 3 }),
    row('2025-10-01', 'b', { opened: 100 }),
  ];

  it('has a point for each day of the span, also for one on which nothing happened', () => {
    const points = seriesOf(rows, 'day', span);

    expect(points.map(({ label, opened, successRate }) => [label, opened, successRate])).toEqual([
      ['1 Nov', 4, 0.8],
      ['2 Nov', 0, null],
      ['3 Nov', 9, 0],
    ]);
  });

  it('weighs the lead times of projects by their merges', () => {
    expect(seriesOf(rows, 'day', span)[0]?.leadTimeMs).toBe(2000);
    expect(seriesOf(rows, 'day', span)[1]?.leadTimeMs).toBeNull();
  });

  it('has a point for each project, the busiest first', () => {
    const points = seriesOf(rows, 'project', span);

    expect(points.map(({ key, label, opened, inputTokens }) => [key, label, opened, inputTokens])).toEqual([
      ['b', 'name of b', 110, 5],
      ['a', 'name of a', 3, 10],
    ]);
  });
});

describe('dayLabel', () => {
  it('names the day without a leading zero', () => {
    expect(dayLabel('2025-01-09')).toBe('9 Jan');
  });
});

describe('isQuiet', () => {
  it('is true for a span without requests and tokens only', () => {
    expect(isQuiet(seriesOf([], 'day', span))).toBe(true);
    expect(isQuiet(seriesOf([row('2025-11-02', 'a', { outputTokens: 1 })], 'day', span))).toBe(false);
  });
});
