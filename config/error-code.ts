/** The `code` of a system error (`ENOENT`, `ESRCH`, …); null for anything else. Does not ask for the class: errors of another realm have another. */
export function errorCodeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
