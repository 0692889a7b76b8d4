import { describe, expect, it } from '@jest/globals';
import { layOutTimeline, type TimelineInput } from './timeline.ts';

const base: TimelineInput = { stages: [], runs: [], gates: [], submittedAtMs: 0, closedAtMs: null, nowMs: 100_000 };

const stages: TimelineInput['stages'] = [
  { stage: 'RECEIVED', fromMs: 0, toMs: 10_000 },
  { stage: 'EXECUTING', fromMs: 10_000, toMs: 40_000 },
  { stage: 'PATCH_READY', fromMs: 40_000, toMs: 60_000 },
  { stage: 'EXECUTING', fromMs: 60_000, toMs: 70_000 },
  { stage: 'PATCH_READY', fromMs: 70_000, toMs: null },
];

function bars(input: Partial<TimelineInput>) {
  return layOutTimeline({ ...base, ...input }).rows.map(({ stage, totalMs, share, bars }) => [
    stage,
    totalMs,
    share,
    bars.map(({ left, width, open }) => [left, width, open]),
  ]);
}

describe('layOutTimeline', () => {
  it('adds up each stage on one row, in the order in which they came first', () => {
    expect(bars({ stages })).toEqual([
      ['RECEIVED', 10_000, 0.1, [[0, 10, false]]],
      [
        'EXECUTING',
        40_000,
        0.4,
        [
          [10, 30, false],
          [60, 10, false],
        ],
      ],
      [
        'PATCH_READY',
        50_000,
        0.5,
        [
          [40, 20, false],
          [70, 30, true],
        ],
      ],
    ]);
  });

  it('ends with the request, and grows with the clock until then', () => {
    const closed = [{ stage: 'DONE', fromMs: 50_000, toMs: 50_000 }] as const;

    expect(layOutTimeline({ ...base, stages: closed, closedAtMs: 50_000, nowMs: 9e9 }).endMs).toBe(50_000);
    expect(layOutTimeline({ ...base, stages, nowMs: 200_000 }).endMs).toBe(200_000);
  });

  it('stays in order when the browser clock is behind', () => {
    const timeline = layOutTimeline({ ...base, stages, nowMs: -5_000 });

    expect(timeline.endMs).toBe(70_000);
    for (const { bars } of timeline.rows) {
      for (const { left, width } of bars) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(100);
      }
    }
  });

  it('keeps a stretch that took no time visible and inside', () => {
    expect(
      bars({
        stages: [
          { stage: 'RECEIVED', fromMs: 0, toMs: 0 },
          { stage: 'DONE', fromMs: 100_000, toMs: 100_000 },
        ],
      }),
    ).toEqual([
      ['RECEIVED', 0, 0, [[0, 0.4, false]]],
      ['DONE', 0, 0, [[99.6, 0.4, false]]],
    ]);
  });

  it('marks runs and gates on the same scale, in the order of their beginning', () => {
    const timeline = layOutTimeline({
      ...base,
      stages,
      runs: [
        { runId: 'b', ordinal: 2, purpose: 'follow-up', status: 'working', createdAtMs: 60_000, endedAtMs: null },
        { runId: 'a', ordinal: 1, purpose: 'implement', status: 'succeeded', createdAtMs: 10_000, endedAtMs: 40_000 },
      ],
      gates: [
        { gateId: 'g', subject: { kind: 'commit', id: '0123456789ab' }, status: 'superseded', openedAtMs: 40_000, closedAtMs: 60_000 },
      ],
    });

    expect(timeline.runs).toMatchObject([
      { id: 'a', label: 'Run 1, implement', state: 'succeeded', left: 10, width: 30, open: false },
      { id: 'b', label: 'Run 2, follow-up', state: 'working', left: 60, width: 40, open: true },
    ]);
    expect(timeline.gates).toMatchObject([{ id: 'g', label: 'Gate on 01234567', state: 'superseded', left: 40, width: 20 }]);
  });

  it.each([
    [500, [0, 1_000]],
    [45_000, [0, 10_000, 20_000, 30_000, 40_000]],
    [3 * 3_600_000, [0, 1_800_000, 3_600_000, 5_400_000, 7_200_000, 9_000_000, 10_800_000]],
    [20 * 365 * 86_400_000, [0, 20 * 365 * 86_400_000]],
  ])('draws few, round ticks over %p ms', (nowMs, expected) => {
    expect(layOutTimeline({ ...base, nowMs }).ticks.map(({ atMs }) => atMs)).toEqual(expected);
  });
});
