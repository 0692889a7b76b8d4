/** The p-th percentile (0..100) by the nearest rank; NaN for no samples. */
export function percentile(samples: readonly number[], p: number): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** p50, p95 and the largest, rounded to 0.1. */
export function summary(samples: readonly number[]): { p50: number; p95: number; max: number } {
  const round = (value: number) => Math.round(value * 10) / 10;
  return { p50: round(percentile(samples, 50)), p95: round(percentile(samples, 95)), max: round(percentile(samples, 100)) };
}
