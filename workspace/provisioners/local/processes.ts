import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../workflows/contracts/errors.ts';

/** A process by pid and start time: a pid alone may be somebody else's by now. */
export interface ProcessIdentity {
  pid: number;
  startTicks: string;
}

/** Changes with each boot of the machine: start times are counted from there. */
export function currentBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The identity of a living process (zombies count as dead); null when there is none. */
export function identify(pid: number): ProcessIdentity | null {
  const fields = statFields(pid);
  const startTicks = fields?.[19];
  return !fields || fields[0] === 'Z' || fields[0] === 'X' || startTicks === undefined ? null : { pid, startTicks };
}

export function isAlive(process: ProcessIdentity | null): boolean {
  return process !== null && identify(process.pid)?.startTicks === process.startTicks;
}

/** SIGKILL, only if it still is that process. */
export function killExactly(target: ProcessIdentity | null): void {
  if (!target || !isAlive(target)) return;
  try {
    process.kill(target.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until all are gone. DomainError `place-stuck` after `timeoutMs`. */
export async function waitGone(targets: readonly (ProcessIdentity | null)[], timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (targets.some(isAlive)) {
    if (Date.now() > deadline)
      throw new DomainError('transient', 'place-stuck', 'destroy: processes of the workspace do not end; try again');
    await sleep(10);
  }
}

/** Processes whose environment holds this entry: how plain mode finds what escaped its process group. */
export function findByEnvironment(entry: string): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(entry)) continue;
    } catch (error) {
      if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) continue;
      throw error;
    }
    const identity = identify(Number(name));
    if (identity) found.push(identity);
  }
  return found;
}

/** Fields of /proc/<pid>/stat from `state` on (proc(5)). */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
