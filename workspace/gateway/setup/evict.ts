/** A stored snapshot. */
export interface StoredFile {
  path: string;
  sizeBytes: number;
  /** When it was kept or last read, ms since the epoch. */
  usedAtMs: number;
}

/** Paths to remove so that the rest is at most `maxBytes`: those unused for longest, and no more than need be. Pure. */
export function chooseEvictions(files: readonly StoredFile[], maxBytes: number): string[] {
  let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const evicted: string[] = [];
  for (const { path, sizeBytes } of files.toSorted((left, right) => left.usedAtMs - right.usedAtMs)) {
    if (total <= maxBytes) break;
    total -= sizeBytes;
    evicted.push(path);
  }
  return evicted;
}
