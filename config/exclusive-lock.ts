import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../workflows/contracts/errors.ts';

/** Held until released, or until the process ends, however that ends. */
export interface ExclusiveLock {
  release(): void;
}

/**
 * Takes the lock of a file for this process alone; null while another one has it, or this one already. The lock is the operating
 * system's (fcntl, through SQLite), so two that ask at once cannot both have it. Throws what makes the file unusable.
 */
export function takeLock(lockFile: string): ExclusiveLock | null {
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 });
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(lockFile);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (messageOf(error).includes('locked')) return null;
    throw error;
  }
  const held = database;
  return { release: () => held.close() };
}
