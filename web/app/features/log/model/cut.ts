import { sliceLine, type Line } from '../terminal/line.ts';

/** Characters of a line that are shown until a reader asks for the rest; and of each row of the whole. */
export const shownCharacters = 2000;

/** Characters before a found place that stay in sight when it lies behind the cut. */
const leadCharacters = 200;

/** A part of a line: what is shown, and how much of it stands before and behind. */
export interface LinePart {
  line: Line;
  start: number;
  before: number;
  after: number;
}

/** Rows that a line needs when all of it is shown. */
export function partsOf(length: number): number {
  return Math.max(1, Math.ceil(length / shownCharacters));
}

/** Where the `part`th row of a line begins in it. */
export function partStart(part: number): number {
  return part * shownCharacters;
}

/** The `part`th row of a line of which all is shown. */
export function partOf(line: Line, part: number): Line {
  return sliceLine(line, partStart(part), partStart(part + 1));
}

/** The part of a long line that is shown while it is cut: its beginning, or the surroundings of `focus` behind that. */
export function cutLine(line: Line, focus: number | null): LinePart {
  const { length } = line.text;
  if (length <= shownCharacters) return { line, start: 0, before: 0, after: 0 };
  const hidden = focus !== null && focus >= shownCharacters - leadCharacters;
  const start = hidden ? Math.max(0, Math.min(focus - leadCharacters, length - shownCharacters)) : 0;
  const shown = sliceLine(line, start, start + shownCharacters);
  return { line: shown, start, before: start, after: length - start - shown.text.length };
}
