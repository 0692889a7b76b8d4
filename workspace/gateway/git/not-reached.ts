/** What came of a request that failed: why, and whether nobody was reached, so that nothing was sent. */
export interface RequestFailure {
  reason: unknown;
  wasNotReached: boolean;
}

/** Judges what a request was ended by. A name with several addresses fails with the failures of all: the first one says why. Pure. */
export function judgeFailure(error: unknown): RequestFailure {
  const parts: readonly unknown[] =
    typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0
      ? error.errors
      : [error];
  return { reason: parts[0], wasNotReached: parts.every(isOfConnecting) };
}

function isOfConnecting(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return false;
  return error.syscall === 'connect' || error.syscall === 'getaddrinfo';
}
