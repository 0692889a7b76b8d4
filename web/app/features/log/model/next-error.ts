import type { LogEntry } from './entry.ts';

/** Index of the next entry that tells of a failure behind `from`, going round; the first one for null; null without any. */
export function nextError(entries: readonly LogEntry[], from: number | null, isHidden: (index: number) => boolean): number | null {
  const start = from === null ? 0 : from + 1;
  for (let turn = 0; turn < entries.length; turn++) {
    const index = (start + turn) % entries.length;
    if (entries[index]?.tone === 'bad' && !isHidden(index)) return index;
  }
  return null;
}
