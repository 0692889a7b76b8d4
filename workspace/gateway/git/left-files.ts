import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { isCode } from './run-git.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** Removes the half packs that killed commands left in a repository. No command takes an hour. */
export async function removeHalfPacks(gitDir: string): Promise<void> {
  for (const path of await listOld(join(gitDir, 'objects', 'pack'), /^tmp_/, hourMs)) await rm(path, { force: true });
}

/** Removes what killed gateways left in the folder for temporary files. What cannot be removed is named in the log. */
export async function removeLeftFolders(logger: Logger, folder: string = tmpdir()): Promise<void> {
  const warn = (path: string, error: unknown) =>
    logger.warn('what an earlier gateway left was not removed', { path, reason: messageOf(error) });
  const left = listOld(folder, /^astraforge-(bundle|diff|import)-/, dayMs);
  await left.then(
    (paths) => Promise.all(paths.map((path) => rm(path, { recursive: true, force: true }).catch((error: unknown) => warn(path, error)))),
    (error: unknown) => warn(folder, error),
  );
}

async function listOld(folder: string, pattern: RegExp, olderThanMs: number): Promise<string[]> {
  const old: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (pattern.test(name) && Date.now() - (await changedMs(path)) > olderThanMs) old.push(path);
  }
  return old;
}

/** One that is gone by now is new. */
async function changedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return Date.now();
    throw error;
  }
}
