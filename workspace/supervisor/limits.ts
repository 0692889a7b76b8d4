import { readFileSync, readdirSync, statfsSync } from 'node:fs';
import { readdir, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailureReason } from '../../workflows/contracts/run.ts';
import type { WorkspaceLimits } from '../../workflows/contracts/supervisor.ts';
import type { Place } from './place.ts';

const pollMs = 500;
/** A full walk of the checkout may take this share of the time at most. */
const walkShare = 0.1;
const fullShare = 0.98;
const pageBytes = 4096;

/** What the watchdog saw of the processes around it, without its own. */
export interface Usage {
  tasks: number;
  residentBytes: number;
  diskBytes: number;
  /** Out-of-memory kills since the sandbox began, by the kernel's count; null where it does not count. */
  oomKills: number | null;
}

/** Which limit is broken, if any. Pure. */
export function brokenLimit(usage: Usage, limits: WorkspaceLimits): { reason: FailureReason; message: string } | null {
  if ((usage.oomKills ?? 0) > 0 || (usage.oomKills === null && usage.residentBytes > limits.memoryBytes)) {
    return { reason: 'agent-memory', message: `the agent used more than ${limits.memoryBytes} bytes of memory` };
  }
  if (usage.tasks >= limits.processes * fullShare) {
    return { reason: 'agent-processes', message: `the agent started more than ${limits.processes} processes` };
  }
  if (usage.diskBytes >= limits.diskBytes * fullShare) {
    return { reason: 'agent-disk', message: `the agent filled its disk of ${limits.diskBytes} bytes` };
  }
  return null;
}

/** Looks twice a second and calls `onBroken` for each look that finds a limit broken. */
export function watchLimits(options: {
  place: Place;
  limits: WorkspaceLimits;
  onBroken: (broken: { reason: FailureReason; message: string }) => void;
}): { close(): void } {
  const { place, limits } = options;
  let diskBytes = 0;
  let seenKills = readOomKills(place) ?? 0;
  let walking = false;
  let nextWalkMs = 0;

  async function walk(): Promise<void> {
    walking = true;
    const startedMs = Date.now();
    diskBytes = (await folderBytes(place.checkoutDir)) + (place.sandbox ? 0 : await folderBytes(place.homeDir));
    nextWalkMs = Date.now() + Math.max(pollMs, (Date.now() - startedMs) / walkShare);
    walking = false;
  }

  const timer = setInterval(() => {
    if (place.limits.disk === 'mount') diskBytes = mountBytes(place.checkoutDir, limits.diskBytes);
    else if (!walking && Date.now() >= nextWalkMs) void walk();
    const kills = readOomKills(place);
    const broken = brokenLimit({ ...readProcesses(place), diskBytes, oomKills: kills === null ? null : kills - seenKills }, limits);
    if (!broken) return;
    seenKills = kills ?? 0;
    options.onBroken(broken);
  }, pollMs);
  return { close: () => clearInterval(timer) };
}

/** Tasks (threads, as the kernel's own limit counts) and resident memory of every process but this one. Plain mode sees strangers: it does not count. */
function readProcesses(place: Place): { tasks: number; residentBytes: number } {
  let tasks = 0;
  let residentBytes = 0;
  if (!place.sandbox) return { tasks, residentBytes };
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      tasks += Number(fields[17] ?? 0);
      residentBytes += Number(fields[21] ?? 0) * pageBytes;
    } catch (error) {
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return { tasks, residentBytes };
}

/** `oom_kill N` of cgroup v1's memory.oom_control or v2's memory.events. */
function readOomKills(place: Place): number | null {
  if (!place.limits.memoryEventsFile) return null;
  const found = /^oom_kill (\d+)$/m.exec(readFileSync(place.limits.memoryEventsFile, 'utf8'));
  return found ? Number(found[1]) : null;
}

/** Used share of the mount, scaled to the limit: the file system keeps some of its size for itself. */
function mountBytes(path: string, limitBytes: number): number {
  const { blocks, bavail } = statfsSync(path);
  return blocks === 0 ? 0 : ((blocks - bavail) / blocks) * limitBytes;
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderBytes(path);
    else
      bytes += await lstat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
  }
  return bytes;
}
