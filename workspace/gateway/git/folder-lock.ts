import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLockInPlace, type ExclusiveLock } from '../../../config/exclusive-lock.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { endLeftChildren, holding } from './lock-children.ts';

/** How work is named in its file: kinds are locked in this order, one inside the other, and never the other way. */
export type LockKind = 'run' | 'merge' | 'project' | 'mirror';

const patienceMs = 10 * 60_000;
const lookMs = { first: 10, most: 250 };

/** A folder by which the gateways that share it take turns; null where one process alone uses it. */
export type LocksFolder = string | null;

/**
 * Does the work while no other process does work of this kind and name: a lock of the operating system, which ends with its holder;
 * commands of git that a killed holder left are ended first.
 * `isLast`: nobody asks for the name again, so its file goes. DomainErrors `gateway-busy` after ten minutes, `gateway-disk`.
 */
export async function exclusively<T>(
  locksDir: LocksFolder,
  { kind, name, isLast = false }: { kind: LockKind; name: string; isLast?: boolean },
  work: () => Promise<T>,
): Promise<T> {
  if (locksDir === null) return work();
  const file = join(locksDir, `${kind}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
  const lock = await waitFor(file, `${kind} ${name}`);
  try {
    await endLeftChildren(file);
    return await holding(file, work);
  } finally {
    // A file that stays is in nobody's way; a lock that stays would be.
    if (isLast) await rm(file, { force: true }).catch(() => undefined);
    lock.release();
  }
}

async function waitFor(file: string, what: string): Promise<ExclusiveLock> {
  const deadline = performance.now() + patienceMs;
  for (let waitMs = lookMs.first; performance.now() < deadline; waitMs = Math.min(waitMs * 2, lookMs.most)) {
    const lock = tryTake(file);
    if (lock) return lock;
    await sleep(waitMs);
  }
  throw new DomainError(
    'transient',
    'gateway-busy',
    `git: another gateway has been at work on ${what} for ten minutes; if it hangs, end it, and try again`,
  );
}

function tryTake(file: string): ExclusiveLock | null {
  try {
    return takeLockInPlace(file);
  } catch (cause) {
    throw new DomainError(
      'transient',
      'gateway-disk',
      `git: the gateway cannot lock ${file}: ${messageOf(cause)}; free space, mend permissions, or use a disk with POSIX locks`,
      { cause },
    );
  }
}
