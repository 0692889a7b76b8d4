import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';

/**
 * Holds a state folder for this process alone. The lock is the operating system's (fcntl, through SQLite), so it ends with
 * the process, however that ends, and two that start at once cannot both have it. DomainError `state-in-use` otherwise.
 */
export function lockState(lockFile: string): { release(): void } {
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 });
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(lockFile);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (!messageOf(error).includes('locked')) {
      throw new DomainError(
        'permanent',
        'state-unusable',
        `start: ${lockFile} cannot be locked: ${messageOf(error)}; remove it and start again`,
        { cause: error },
      );
    }
    throw new DomainError(
      'permanent',
      'state-in-use',
      `start: another AstraForge runs on ${dirname(lockFile)}; stop it first, or give this one a STATE_DIR of its own`,
      { cause: error },
    );
  }
  const held = database;
  return { release: () => held.close() };
}
