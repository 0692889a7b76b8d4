import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodeOf } from '../../config/error-code.ts';

/** A process beyond doubt: a pid alone is used again, together with its start it is not. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque text; equal for the same process only. */
  startedAt: string;
}

/** The identity of a living process; null when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

/** Whether that very process still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Parent of a living process; null when unknown. */
export function parentOf(pid: number): number | null {
  if (process.platform === 'linux') return Number(readStat(pid)?.[1]) || null;
  return Number(ps(pid, 'ppid=')) || null;
}

/**
 * Ends a process that may not be our child: `signal`, then after `graceMs` SIGKILL to it and its process group. Answers when it
 * is gone. Never touches another process that got the same pid.
 */
export async function endProcess(identity: ProcessIdentity, signal: NodeJS.Signals, graceMs: number): Promise<'gone' | 'ended' | 'killed'> {
  if (!isAlive(identity)) return 'gone';
  signalQuietly(identity.pid, signal);
  if (await waitUntilGone(identity, graceMs)) return 'ended';
  signalQuietly(-identity.pid, 'SIGKILL');
  signalQuietly(identity.pid, 'SIGKILL');
  await waitUntilGone(identity, 5_000);
  return 'killed';
}

/** Sends a signal; one that ended meanwhile, or is no group leader, is no error. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

/** Fields of /proc/<pid>/stat from the third on (proc(5)); the second, the name, may itself hold blanks and brackets. */
function readStat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function identifyByProc(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  if (!stat || stat[0] === 'Z' || stat[0] === 'X') return null;
  return { pid, startedAt: `${bootId()}/${stat[19]}` };
}

let knownBootId: string | null = null;

/** Start times count from the boot: after another boot the same number means another process. */
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}

function identifyByPs(pid: number): ProcessIdentity | null {
  const line = ps(pid, 'stat=,lstart=');
  return line === '' || line.startsWith('Z') ? null : { pid, startedAt: line.replace(/^\S+\s+/, '') };
}

function ps(pid: number, columns: string): string {
  try {
    return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
