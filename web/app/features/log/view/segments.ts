import type { Line } from '../terminal/line.ts';

/** Found places in a line: where they start, how long each is, and which one the reader is at. */
export interface Marks {
  starts: readonly number[];
  length: number;
  current: number | null;
}

/** A stretch of a line that looks the same throughout. */
export interface Segment {
  text: string;
  style: string;
  mark: 'found' | 'current' | null;
}

/** A line cut where its style or its marks change, in order; marks may lie partly outside. */
export function segmentsOf({ text, spans }: Line, marks: Marks | null): Segment[] {
  const cuts = new Set([0, text.length]);
  for (const { start, end } of spans) cuts.add(start).add(end);
  for (const start of marks?.starts ?? []) cuts.add(clamp(start, text.length)).add(clamp(start + (marks?.length ?? 0), text.length));
  const places = [...cuts].sort((a, b) => a - b);
  const segments: Segment[] = [];
  let span = 0;
  let found = 0;
  for (let index = 0; index + 1 < places.length; index++) {
    const from = places[index] ?? 0;
    const to = places[index + 1] ?? 0;
    while ((spans[span]?.end ?? Infinity) <= from) span++;
    while (marks && (marks.starts[found] ?? Infinity) + marks.length <= from) found++;
    const styled = spans[span];
    const start = marks?.starts[found] ?? Infinity;
    const mark = start <= from ? (start === marks?.current ? 'current' : 'found') : null;
    segments.push({ text: text.slice(from, to), style: styled && styled.start <= from ? styled.style : '', mark });
  }
  return segments;
}

/** The marks as they lie in the part [start, start + length) of a line; null when none does. */
export function marksIn(marks: Marks | null, start: number, length: number): Marks | null {
  if (!marks) return null;
  const within = marks.starts.filter((place) => place + marks.length > start && place < start + length);
  if (within.length === 0) return null;
  return { ...marks, starts: within.map((place) => place - start), current: marks.current === null ? null : marks.current - start };
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(0, value), most);
}
