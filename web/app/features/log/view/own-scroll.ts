/** How long after a reader's movement a scroll counts as theirs, ms: wheels and fingers go on by themselves. */
const ownScrollMs = 1_000;

/** Whether a scroll is the reader's own doing rather than the list's: soon after a movement, or while they hold the bar. */
export function isOwnScroll({ nowMs, lastMs, isHeld }: { nowMs: number; lastMs: number | null; isHeld: boolean }): boolean {
  return isHeld || (lastMs !== null && nowMs - lastMs < ownScrollMs);
}
