import { diffWordsWithSpace } from 'diff';

/** A stretch of a line, in UTF-16 units; `end` is not part of it. */
export interface Range {
  start: number;
  end: number;
}

/** Lines longer than this are compared as wholes: marking words in them costs more than it tells. */
const lineCap = 1_000;
const editCap = 200;
/** Below this share of common characters the two lines are different lines, and marks would only be noise. */
const leastCommon = 0.3;

/** Which words differ between a line and the one that replaces it; null when marking them would not help. */
export function changedWords(before: string, after: string): { before: Range[]; after: Range[] } | null {
  if (before === after || before.length > lineCap || after.length > lineCap) return null;
  const changes = diffWordsWithSpace(before, after, { maxEditLength: editCap });
  if (!changes) return null;
  const ranges = { before: [] as Range[], after: [] as Range[] };
  let common = 0;
  let beforeAt = 0;
  let afterAt = 0;
  for (const { value, added, removed } of changes) {
    if (removed) ranges.before.push({ start: beforeAt, end: beforeAt + value.length });
    if (added) ranges.after.push({ start: afterAt, end: afterAt + value.length });
    if (!added && !removed) common += value.trim().length;
    if (!added) beforeAt += value.length;
    if (!removed) afterAt += value.length;
  }
  const longest = Math.max(before.trim().length, after.trim().length);
  return longest === 0 || common / longest >= leastCommon ? ranges : null;
}
