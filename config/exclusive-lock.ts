import { mkdirSync, statSync } from 'node:fs';
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

/**
 * `takeLock` where holders may remove the file before they release it: whoever opened the removed one locks a file that nobody
 * else comes to, so what was taken counts only when it is the file at that path. The file is never opened otherwise: closing it
 * would end a lock that this process has on it.
 */
export function takeLockInPlace(lockFile: string, take: typeof takeLock = takeLock): ExclusiveLock | null {
  for (;;) {
    const before = identityOf(lockFile);
    const lock = take(lockFile);
    if (lock === null) return null;
    if (before !== null && before === identityOf(lockFile)) return lock;
    lock.release();
  }
}

function identityOf(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}:${found.birthtimeNs}` : null;
}
