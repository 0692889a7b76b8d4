import { dirname } from 'node:path';
import { takeLock, type ExclusiveLock } from '../../config/exclusive-lock.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';

/** Holds a state folder for this process alone. DomainError `state-in-use` when another has it. */
export function lockState(lockFile: string): ExclusiveLock {
  let lock: ExclusiveLock | null;
  try {
    lock = takeLock(lockFile);
  } catch (error) {
    throw new DomainError(
      'permanent',
      'state-unusable',
      `start: ${lockFile} cannot be locked: ${messageOf(error)}; remove it and start again`,
      { cause: error },
    );
  }
  if (lock) return lock;
  throw new DomainError(
    'permanent',
    'state-in-use',
    `start: another AstraForge runs on ${dirname(lockFile)}; stop it first, or give this one a STATE_DIR of its own`,
  );
}
