import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { endProcess, identify, type ProcessIdentity } from './identity.ts';

const Identity = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
const Entry = Identity.extend({ name: z.string() });
const Recorded = z.object({ supervisor: Identity.nullable(), processes: z.array(Entry) });

export type RecordedProcess = z.infer<typeof Entry>;

/** Time that a left-over process gets for its graceful end, in ms: the longest of their own, and a little more. */
const graceMs = 35_000;

/** Servers that the others need until their own end, in the order in which they are ended after them. */
const servers = ['temporal', 'postgres'];

export interface ProcessRecord {
  /** The pid of a process, or null when it has ended. */
  set(name: string, pid: number | null): void;
}

/** Keeps processes.json: who runs, beyond doubt (pid and start), so that a later start can end what is left. */
export function openProcessRecord(file: string): ProcessRecord {
  const processes = new Map<string, RecordedProcess>();
  const supervisor = identify(process.pid);
  function write(): void {
    writeFileSync(`${file}.new`, `${JSON.stringify({ supervisor, processes: [...processes.values()] }, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  write();
  return {
    set(name, pid) {
      const identity = pid === null ? null : identify(pid);
      if (identity) processes.set(name, { name, ...identity });
      else processes.delete(name);
      write();
    },
  };
}

/** What the record of an earlier life names; a missing or broken file names nothing. */
export function readProcessRecord(file: string): { supervisor: ProcessIdentity | null; processes: RecordedProcess[] } {
  try {
    return Recorded.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { supervisor: null, processes: [] };
  }
}

/** Ends every process that an earlier life recorded and that still lives; answers their names. Call only under the state's lock. */
export async function endRecorded(file: string): Promise<string[]> {
  const { processes } = readProcessRecord(file);
  const ours = processes.filter(({ name }) => !servers.includes(name));
  const results = await Promise.all(ours.map((entry) => endEntry(entry, 'SIGTERM')));
  for (const server of servers) {
    for (const entry of processes.filter(({ name }) => name === server))
      results.push(await endEntry(entry, server === 'postgres' ? 'SIGINT' : 'SIGTERM'));
  }
  return results.filter((name) => name !== null);
}

async function endEntry(entry: RecordedProcess, signal: NodeJS.Signals): Promise<string | null> {
  return (await endProcess(entry, signal, graceMs)) === 'gone' ? null : entry.name;
}
