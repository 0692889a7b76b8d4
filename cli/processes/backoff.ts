/** A process that ran this long starts its next failure at the first delay again, in ms. */
export const stableAfterMs = 30_000;

const firstDelayMs = 250;
const longestDelayMs = 10_000;

/** How long to wait before the restart after the nth failure in a row (from 1), in ms. */
export function restartDelayMs(failuresInARow: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, failuresInARow - 1));
}
