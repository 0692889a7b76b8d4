import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { currentBootId, identify, isAlive, type ProcessIdentity } from '../../provisioners/local/processes.ts';

interface Hold {
  lockFile: string;
  isOver: boolean;
}

const endedWithinMs = 10_000;
const holds = new AsyncLocalStorage<readonly Hold[]>();
let machine: string | null = null;

/**
 * Does the work of who holds a lock: what it starts (`noteChild`) is written down beside the lock until the work is over. A lock of the
 * operating system ends with its holder, the programs that this one started do not.
 */
export async function holding<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  const hold: Hold = { lockFile, isOver: false };
  try {
    return await holds.run([...(holds.getStore() ?? []), hold], work);
  } finally {
    hold.isOver = true;
    forget(lockFile);
  }
}

/** Writes down a process group that was just started, beside each lock under which that was. Without /proc, or on a full disk: nothing. */
export function noteChild(pid: number | undefined): void {
  const current = holds.getStore()?.filter(({ isOver }) => !isOver) ?? [];
  if (current.length === 0 || pid === undefined) return;
  try {
    const child = identify(pid);
    if (!child) return;
    for (const { lockFile } of current) appendFileSync(noteOf(lockFile), `${pid} ${child.startTicks} ${thisMachine()}\n`, { mode: 0o600 });
  } catch {
    // Reading must go on where nothing can be written.
  }
}

/** Ends what a killed holder of this lock left at work. Only who has the lock may ask. DomainError `gateway-busy` when it does not end. */
export async function endLeftChildren(lockFile: string): Promise<void> {
  const left = readNote(lockFile).filter(isAlive);
  for (const { pid } of left) endGroup(pid);
  const deadline = performance.now() + endedWithinMs;
  while (left.some(isAlive)) {
    if (performance.now() > deadline) {
      const pids = left.filter(isAlive).map(({ pid }) => pid);
      const message = `git: a killed gateway left process ${pids.join(', ')} at work, which does not end; end it, and try again`;
      throw new DomainError('transient', 'gateway-busy', message);
    }
    await sleep(5);
  }
  forget(lockFile);
}

function noteOf(lockFile: string): string {
  return `${lockFile}.children`;
}

/** A note that stays names processes that are gone. */
function forget(lockFile: string): void {
  try {
    rmSync(noteOf(lockFile), { force: true });
  } catch {
    // Start times tell the processes of then from those of now.
  }
}

/** Those of this machine, and of this container where it is one: what others say of theirs means nothing here. */
function readNote(lockFile: string): ProcessIdentity[] {
  if (!existsSync(noteOf(lockFile))) return [];
  const note = readFileSync(noteOf(lockFile), 'utf8');
  return note.split('\n').flatMap((line) => {
    const [pid, startTicks, where] = line.split(' ');
    return startTicks !== undefined && Number(pid) > 1 && where === thisMachine() ? [{ pid: Number(pid), startTicks }] : [];
  });
}

function thisMachine(): string {
  machine ??= `${currentBootId()}/${readlinkSync('/proc/self/ns/pid')}`;
  return machine;
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself, or it does not end: whoever waits for it sees which.
  }
}
