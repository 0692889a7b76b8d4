import type { Gate, Stage, StageInterval } from '../../../../workflows/contracts/request.ts';

/** A stretch of the chart, in per cent of its width. */
export interface Bar {
  fromMs: number;
  toMs: number;
  left: number;
  width: number;
  /** It has not ended yet. */
  open: boolean;
}

/** All the time in one stage: what came first stands first. */
export interface StageRow {
  stage: Stage;
  totalMs: number;
  /** Of the whole time, 0 to 1. */
  share: number;
  bars: Bar[];
}

/** A run or a gate as a mark below the stages. */
export interface Mark extends Bar {
  id: string;
  label: string;
  state: string;
}

export interface TimelineInput {
  stages: readonly StageInterval[];
  runs: readonly { runId: string; ordinal: number; purpose: string; status: string; createdAtMs: number; endedAtMs: number | null }[];
  gates: readonly Pick<Gate, 'gateId' | 'subject' | 'status' | 'openedAtMs' | 'closedAtMs'>[];
  submittedAtMs: number;
  closedAtMs: number | null;
  nowMs: number;
}

export interface Timeline {
  startMs: number;
  endMs: number;
  rows: StageRow[];
  runs: Mark[];
  gates: Mark[];
  /** Offsets from the start, ms, with their places in per cent. */
  ticks: { atMs: number; left: number }[];
}

/** Per cent; a stretch that took no time at all can still be seen. */
const narrowestBar = 0.4;
const mostTicks = 6;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 4, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * day),
];

/** A request's time as a chart: each stage's stretches on one row, runs and gates below, all on one scale from its submission on. */
export function layOutTimeline(input: TimelineInput): Timeline {
  const startMs = Math.min(input.submittedAtMs, ...input.stages.map(({ fromMs }) => fromMs));
  const lastMs = Math.max(startMs, ...input.stages.map(({ fromMs, toMs }) => toMs ?? fromMs));
  // What is closed stays as wide as it was; what goes on grows with the clock, whichever clock is ahead.
  const endMs = Math.max(startMs + second, lastMs, input.closedAtMs ?? input.nowMs);
  const bar = barOn(startMs, endMs);
  return {
    startMs,
    endMs,
    rows: stageRows(input.stages, bar, endMs - startMs),
    runs: input.runs
      .map((run) => ({
        ...bar(run.createdAtMs, run.endedAtMs),
        id: run.runId,
        label: `Run ${run.ordinal}, ${run.purpose}`,
        state: run.status,
      }))
      .sort(byStart),
    gates: input.gates
      .map((gate) => ({
        ...bar(gate.openedAtMs, gate.closedAtMs),
        id: gate.gateId,
        label: gate.subject.kind === 'plan' ? 'Gate on the plan' : `Gate on ${gate.subject.id.slice(0, 8)}`,
        state: gate.status,
      }))
      .sort(byStart),
    ticks: ticksOf(endMs - startMs),
  };
}

function byStart(a: Mark, b: Mark): number {
  return a.fromMs - b.fromMs;
}

function barOn(startMs: number, endMs: number): (fromMs: number, toMs: number | null) => Bar {
  const place = (atMs: number) => (100 * (Math.min(Math.max(atMs, startMs), endMs) - startMs)) / (endMs - startMs);
  return (fromMs, toMs) => {
    const untilMs = toMs ?? endMs;
    const width = Math.max(narrowestBar, place(untilMs) - place(fromMs));
    return { fromMs, toMs: untilMs, left: Math.min(place(fromMs), 100 - width), width, open: toMs === null };
  };
}

function stageRows(stages: readonly StageInterval[], bar: ReturnType<typeof barOn>, wholeMs: number): StageRow[] {
  const rows = new Map<Stage, StageRow>();
  for (const { stage, fromMs, toMs } of stages) {
    const row = rows.get(stage) ?? { stage, totalMs: 0, share: 0, bars: [] };
    const stretch = bar(fromMs, toMs);
    row.bars.push(stretch);
    row.totalMs += Math.max(0, stretch.toMs - stretch.fromMs);
    row.share = row.totalMs / wholeMs;
    rows.set(stage, row);
  }
  return [...rows.values()];
}

function ticksOf(wholeMs: number): Timeline['ticks'] {
  const step = steps.find((candidate) => wholeMs / candidate <= mostTicks) ?? wholeMs;
  const count = Math.floor(wholeMs / step);
  return Array.from({ length: count + 1 }, (_, index) => ({ atMs: index * step, left: (100 * index * step) / wholeMs }));
}
