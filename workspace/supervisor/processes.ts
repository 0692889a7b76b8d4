import { readFileSync, readdirSync } from 'node:fs';
import { errorCodeOf } from '../../config/error-code.ts';

const pageBytes = 4096;

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
 * Sums up every process around us. In a sandbox all that /proc shows are ours. In plain mode (`marker` not null) those are that
 * descend from us or carry the marker in their environment; one that leaves both behind is not seen.
 */
export function readProcesses(marker: string | null): ProcessUsage {
  const stats = readStats();
  const usage = { tasks: 0, residentBytes: 0 };
  for (const [pid, { tasks, residentBytes }] of stats) {
    if (pid === process.pid || (marker !== null && !descends(stats, pid) && !carries(pid, marker))) continue;
    usage.tasks += tasks;
    usage.residentBytes += residentBytes;
  }
  return usage;
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
