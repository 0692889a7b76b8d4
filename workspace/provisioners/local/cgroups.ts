import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';

const root = '/sys/fs/cgroup';
/** Tasks that the sandbox needs beside the agent's: the supervisor's threads and its git. */
const supervisorTasks = 32;

/** The groups of one workspace; what could not be made is missing. */
export interface Cgroups {
  dirs: string[];
  memoryEventsFile: string | null;
  pidsEventsFile: string | null;
}

/** Makes a group for memory and processes below our own, in either version; empty where that is not permitted. */
export function createCgroups(name: string, limits: WorkspaceLimits): Cgroups {
  const made: Cgroups = { dirs: [], memoryEventsFile: null, pidsEventsFile: null };
  const own = ownGroups();
  const unified = own.get('');
  if (existsSync(join(root, 'cgroup.controllers')) && unified !== undefined) {
    const dir = makeUnified(unified, name, limits);
    return dir ? { dirs: [dir], memoryEventsFile: join(dir, 'memory.events'), pidsEventsFile: join(dir, 'pids.events') } : made;
  }
  const memory = makeGroup('memory', own.get('memory'), name, { 'memory.limit_in_bytes': limits.memoryBytes });
  if (memory) {
    made.dirs.push(memory);
    made.memoryEventsFile = join(memory, 'memory.oom_control');
  }
  const pids = makeGroup('pids', own.get('pids'), name, { 'pids.max': limits.processes + supervisorTasks });
  if (pids) {
    made.dirs.push(pids);
    made.pidsEventsFile = join(pids, 'pids.events');
  }
  return made;
}

/** Moves processes into the groups; children that they start later follow. */
export function joinCgroups(dirs: readonly string[], pids: readonly number[]): void {
  for (const dir of dirs) for (const pid of pids) writeFileSync(join(dir, 'cgroup.procs'), String(pid));
}

/** Removes the groups; one that is gone, or that still has a dying process, is left to the next try. */
export function removeCgroups(dirs: readonly string[]): void {
  for (const dir of dirs) {
    try {
      rmdirSync(dir);
    } catch (error) {
      if (!['ENOENT', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

/** A counter in one of the kernel's event files (`oom_kill 1`); 0 where there is none. */
export function readCounter(file: string | null, name: string): number {
  if (!file) return 0;
  try {
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
}

/** Our own group by controller; the unified hierarchy under the empty name. */
function ownGroups(): Map<string, string> {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, controllers = '', path = '/'] = line.split(':');
      return controllers.split(',').map((controller) => [controller, path] as const);
    }),
  );
}

function makeGroup(controller: string, own: string | undefined, name: string, values: Record<string, number>): string | null {
  if (own === undefined) return null;
  const inside = join(root, controller, own);
  return makeIn(existsSync(inside) ? inside : join(root, controller), name, values);
}

/** Version 2 allows no group with both processes and limited children: ours goes beside our own. */
function makeUnified(own: string, name: string, limits: WorkspaceLimits): string | null {
  const values = { 'memory.max': limits.memoryBytes, 'pids.max': limits.processes + supervisorTasks };
  for (const parent of [join(root, own, '..'), join(root, own), root]) {
    if (!parent.startsWith(root) || !existsSync(join(parent, 'cgroup.subtree_control'))) continue;
    const enabled = readFileSync(join(parent, 'cgroup.subtree_control'), 'utf8').split(/\s+/);
    if (!enabled.includes('memory') || !enabled.includes('pids')) continue;
    const dir = makeIn(parent, name, values);
    if (dir) return dir;
  }
  return null;
}

function makeIn(parent: string, name: string, values: Record<string, number>): string | null {
  const dir = join(parent, name);
  try {
    mkdirSync(dir, { recursive: true });
    for (const [file, value] of Object.entries(values)) writeFileSync(join(dir, file), String(value));
    return dir;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EBUSY', 'EINVAL', 'ENOSPC'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    removeCgroups([dir]);
    return null;
  }
}
