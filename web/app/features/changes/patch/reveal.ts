import type { Stop } from '../remarks/selection.ts';
import { gapsOf, type Expansion, type Gap } from './context.ts';
import type { FilePatch } from './patch.ts';

/** Lines that are shown beyond the one that is gone to, so that it does not stand at the edge. */
const around = 5;

/**
 * What has to be shown of the gaps so that a line stands among the rows; null when nothing more can be done: it is shown, or it was
 * asked for already, or no gap holds it. `fileLines` as in `blocksOf`.
 */
export function reveal(
  patch: FilePatch,
  view: { fileLines: readonly string[] | null; expansion: Expansion },
  stop: Stop,
): Expansion | null {
  const gap = gapsOf(patch, view.fileLines).find((each) => offsetIn(each, stop) !== null);
  if (!gap) return null;
  const offset = offsetIn(gap, stop) ?? 0;
  const { count } = gap;
  const shown = view.expansion[gap.index] ?? { top: 0, bottom: 0 };
  if (offset < shown.top || (count !== null && offset >= count - shown.bottom)) return null;
  const fromTop = count === null || offset < count / 2;
  const after = fromTop
    ? { ...shown, top: Math.min(count ?? Infinity, offset + 1 + around) }
    : { ...shown, bottom: Math.min(count, count - offset + around) };
  return { ...view.expansion, [gap.index]: after };
}

/** Which of the gap's lines it is, from 0; null when it lies elsewhere. */
function offsetIn({ oldStart, newStart, count }: Gap, { side, line }: Stop): number | null {
  const offset = line - (side === 'old' ? oldStart : newStart);
  return offset >= 0 && (count === null || offset < count) ? offset : null;
}
