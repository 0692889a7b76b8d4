import { DomainError } from '../workflows/contracts/errors.ts';

/** An API server that has just started forbids for a moment what it allows later; certificates are renewed while workspaces live. */
const codes: ReadonlySet<string> = new Set([
  ...['docker-unreachable', 'docker-certificate', 'docker'],
  ...['kubernetes-unreachable', 'kubernetes-forbidden', 'kubernetes'],
]);

/** Whether a failure says that the daemon or the API server of a place is away, so that nothing is known of the place itself. Pure. */
export function isAway(error: unknown): error is DomainError {
  return error instanceof DomainError && error.kind === 'transient' && codes.has(error.code);
}
