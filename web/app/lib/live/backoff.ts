const firstMs = 400;
const mostMs = 5_000;

/** How long to wait before the nth attempt in a row (from 1), in ms; `random` (0 to 1) spreads many browsers after a restart. */
export function retryDelayMs(attempt: number, random: number): number {
  const planned = Math.min(mostMs, firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(planned * (0.75 + random * 0.5));
}
