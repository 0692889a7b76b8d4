import type { Side } from '../types.ts';

/** Lines that are chosen in one file: where it began, and where it reaches now (`head` may lie above `anchor`). */
export interface Selection {
  side: Side;
  anchor: number;
  head: number;
}

/** First and last line. */
export function rangeOf({ side, anchor, head }: Selection): { side: Side; startLine: number; endLine: number } {
  return { side, startLine: Math.min(anchor, head), endLine: Math.max(anchor, head) };
}

/** A press on a line number; with shift it reaches from where the choice began, on the same side only. */
export function press(selection: Selection | null, side: Side, line: number, extend: boolean): Selection {
  if (extend && selection?.side === side) return { ...selection, head: line };
  return { side, anchor: line, head: line };
}

/** Whether a line lies in the choice. */
export function isSelected(selection: Selection | null, side: Side, line: number | null): boolean {
  if (!selection || line === null || selection.side !== side) return false;
  const { startLine, endLine } = rangeOf(selection);
  return line >= startLine && line <= endLine;
}

/** A place that the keyboard can stand on: a line of one side. */
export interface Stop {
  side: Side;
  line: number;
}

/**
 * Where an arrow key leads from `at` among the stops of a file (in the order of the rows). Up and down stay on their side
 * where it has lines; left and right change sides on the same row. Null when there is nothing in that direction.
 */
export function moveStop(rows: readonly (readonly Stop[])[], at: Stop, key: string): Stop | null {
  const index = rows.findIndex((stops) => stops.some((stop) => stop.side === at.side && stop.line === at.line));
  if (index === -1) return null;
  switch (key) {
    case 'ArrowDown':
      return nearest(rows.slice(index + 1), at.side);
    case 'ArrowUp':
      return nearest(rows.slice(0, index).reverse(), at.side);
    case 'ArrowLeft':
      return rows[index]?.find(({ side }) => side === 'old' && at.side === 'new') ?? null;
    case 'ArrowRight':
      return rows[index]?.find(({ side }) => side === 'new' && at.side === 'old') ?? null;
    default:
      return null;
  }
}

function nearest(rows: readonly (readonly Stop[])[], side: Side): Stop | null {
  for (const stops of rows) {
    const stop = stops.find((each) => each.side === side) ?? stops[0];
    if (stop) return stop;
  }
  return null;
}
