import { DomainError } from '../../../workflows/contracts/errors.ts';

/**
 * Why the gateway will not take a push, however often it is tried; null when git said nothing of the kind. DomainError
 * `push-too-large` names the limit and what to do. Pure.
 */
export function pushRefusal(stderr: string, cause?: unknown): DomainError | null {
  const size = /pack exceeds maximum allowed size(?: \(([^)]{1,40})\))?/.exec(stderr);
  if (!size) return null;
  const limit = size[1] === undefined ? 'the limit' : `the limit of ${size[1]}`;
  return new DomainError(
    'permanent',
    'push-too-large',
    `what changed is larger than ${limit} for one push; leave build output and data out of the repository (.gitignore), or raise MAX_PUSH_BYTES`,
    { cause },
  );
}
