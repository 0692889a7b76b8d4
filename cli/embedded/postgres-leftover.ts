import { readFile, readlink, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { endProcess, identify } from '../processes/identity.ts';

/** Time that a left-over server gets for its fast shutdown, in ms. */
const graceMs = 15_000;

/**
 * Ends a server that an unclean death left on this data folder, and removes the pid file of one that is long gone (its pid may
 * belong to another program by now, and Postgres would refuse to start).
 */
export async function endLeftoverPostgres(dataDir: string): Promise<'none' | 'ended' | 'stale'> {
  const pidFile = join(dataDir, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => null);
  if (text === null) return 'none';
  const identity = identify(Number(text.split('\n')[0]));
  if (identity && (await servesFolder(identity.pid, dataDir))) {
    await endProcess(identity, 'SIGINT', graceMs);
    await rm(pidFile, { force: true });
    return 'ended';
  }
  await rm(pidFile, { force: true });
  return 'stale';
}

/** A postmaster's working directory is its data folder. */
async function servesFolder(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const [folder, commandLine] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  ]);
  return folder === resolve(dataDir) && commandLine.includes('postgres');
}
