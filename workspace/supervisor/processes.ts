import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodeOf } from '../../config/error-code.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';

const pageBytes = 4096;
const endMs = 10_000;

/** What the processes of a workspace take together, the supervisor's own apart. */
export interface ProcessUsage {
  /** Threads, as the kernel's own limit counts. */
  tasks: number;
  residentBytes: number;
}

interface ProcessStat extends ProcessUsage {
  parent: number;
}

/**
 * Sums up every process around us. In a sandbox all that /proc shows are ours, but for those of who watches it: what an exec starts has no
 * parent in there. In plain mode (`marker` not null) those are that descend from us or carry the marker in their environment; one that
 * leaves both behind is not seen.
 */
export function readProcesses(marker: string | null): ProcessUsage {
  const stats = readStats();
  const usage = { tasks: 0, residentBytes: 0 };
  for (const [pid, { tasks, residentBytes }] of stats) {
    if (pid === process.pid || stats.get(pid)?.parent === 0 || (marker !== null && !descends(stats, pid) && !carries(pid, marker)))
      continue;
    usage.tasks += tasks;
    usage.residentBytes += residentBytes;
  }
  return usage;
}

/**
 * Kills all that the agent left running, out of its process groups too, and resolves when it is gone. In a sandbox those are our
 * descendants and whatever lives in another namespace of processes than we do; in plain mode those that `readProcesses` counts.
 * DomainError `isolation` when something does not die within 10 s.
 */
export async function endAgentProcesses(marker: string | null): Promise<void> {
  const deadline = Date.now() + endMs;
  for (;;) {
    const stats = readStats();
    const left = [...stats.keys()].filter(
      (pid) => pid !== process.pid && (descends(stats, pid) || (marker === null ? isElsewhere(pid) : carries(pid, marker))),
    );
    if (left.length === 0) return;
    for (const pid of left) kill(pid);
    if (Date.now() > deadline)
      throw new DomainError('transient', 'isolation', `reset: ${left.length} processes of the agent do not end; the place is given up`);
    await sleep(10);
  }
}

/** Whether a process lives in a namespace below ours. One that hides it from us is none of ours; one that is gone is nowhere. */
function isElsewhere(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    return ['EACCES', 'EPERM'].includes(errorCodeOf(error) ?? '') && pid !== 1;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCodeOf(error) !== 'ESRCH') throw error;
  }
}

/** Fields of /proc/<pid>/stat (proc(5)) of everything that /proc shows. */
function readStats(): Map<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProc(name, 'stat');
    if (stat === null) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [parent = 0, tasks = 0, pages = 0] = [fields[1], fields[17], fields[21]].map(Number);
    stats.set(Number(name), { parent, tasks, residentBytes: pages * pageBytes });
  }
  return stats;
}

function descends(stats: ReadonlyMap<number, ProcessStat>, pid: number): boolean {
  for (let at = stats.get(pid)?.parent; at !== undefined && at > 1; at = stats.get(at)?.parent) if (at === process.pid) return true;
  return false;
}

function carries(pid: number, marker: string): boolean {
  return readProc(String(pid), 'environ')?.split('\0').includes(marker) ?? false;
}

/** Null for a process that is gone or somebody else's. */
function readProc(pid: string, file: 'stat' | 'environ'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errorCodeOf(error) ?? '')) return null;
    throw error;
  }
}
