import { percentile } from './statistics.ts';

/**
 * What the way through the gateway adds to a chunk: the difference of each percentile of the two latencies, in milliseconds to a
 * thousandth. May be below zero when the noise of the machine is larger than what is added.
 */
export function addedLatency(throughMs: readonly number[], directMs: readonly number[]): { p50: number; p95: number } {
  const added = (p: number) => Math.round((percentile(throughMs, p) - percentile(directMs, p)) * 1000) / 1000;
  return { p50: added(50), p95: added(95) };
}

/** Median of the last third of a curve by the median of its first third: 1 is flat, whatever a single look says. NaN below three looks. */
export function growthOf(curve: readonly number[]): number {
  const third = Math.floor(curve.length / 3);
  if (third === 0) return Number.NaN;
  return Math.round((percentile(curve.slice(-third), 50) / percentile(curve.slice(0, third), 50)) * 1000) / 1000;
}
