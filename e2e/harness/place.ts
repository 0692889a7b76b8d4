import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { statePaths } from '../../config/paths.ts';
import { identify, isAlive, type ProcessIdentity } from '../../workspace/provisioners/local/processes.ts';
import { readRecord } from '../../workspace/provisioners/local/record.ts';

/** A workspace as its machine sees it: the folder, and every process in the sandbox at the time of looking. */
export interface SeenPlace {
  folder: string;
  eventsFile: string;
  /** The sandbox's first process: without it there is no sandbox. */
  init: ProcessIdentity;
  supervisor: ProcessIdentity;
  processes: ProcessIdentity[];
}

/** Looks at the workspace of an attempt of a run; it must stand. */
export async function lookAtPlace(stateDir: string, runId: string, attempt: number): Promise<SeenPlace> {
  const folder = statePaths(stateDir).workspace('local', `${runId}-a${attempt}`);
  const record = await readRecord(folder);
  if (!record?.init) throw new Error(`no workspace stands in ${folder}`);
  const pids = descendants(record.init.pid);
  const processes = [record.init, record.monitor, ...pids.map(identify)].filter((found) => found !== null);
  const supervisor = identify(pids.find((pid) => commandLine(pid).some((word) => word.endsWith('/supervisor.mjs'))) ?? -1);
  if (!supervisor) throw new Error(`no supervisor runs in ${folder}`);
  return { folder, eventsFile: join(folder, 'private', 'events.jsonl'), init: record.init, supervisor, processes };
}

/** What is left of a workspace: living processes, its folder, mounts below it. Empty when it is gone. */
export function remainsOf(place: SeenPlace): string[] {
  const alive = place.processes.filter(isAlive).map(({ pid }) => `process ${pid}: ${commandLine(pid).join(' ')}`);
  const files = existsSync(place.folder) ? [`folder ${place.folder}`] : [];
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').includes(place.folder) ? [`a mount below ${place.folder}`] : [];
  return [...alive, ...files, ...mounts];
}

function descendants(pid: number): number[] {
  const found: number[] = [];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    for (const child of children) found.push(child, ...(existsSync(`/proc/${child}`) ? descendants(child) : []));
  }
  return found;
}

function commandLine(pid: number): string[] {
  return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') : [];
}
