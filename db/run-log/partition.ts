import { parse, validate, version } from 'uuid';

/** When a uuid v7 was made, from its first 48 bits (RFC 9562, 5.7); null for any other id. */
export function timeOfId(id: string | null): Date | null {
  if (id === null || !validate(id) || version(id) !== 7) return null;
  const bytes = parse(id);
  return new Date(bytes.subarray(0, 6).reduce((ms, byte) => ms * 256 + byte, 0));
}

/**
 * Which month's partition holds an event: that of its run's creation, else of its request's. Never before the request's, so
 * that a reader can leave the months before it out.
 */
export function partitionTime(scope: { requestId: string; runId: string | null }, now: Date): Date {
  const request = timeOfId(scope.requestId);
  const run = timeOfId(scope.runId);
  if (!request) return run ?? now;
  return run && run > request ? run : request;
}
