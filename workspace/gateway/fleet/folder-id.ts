import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isCode } from '../git/run-git.ts';

/** The id of a folder, kept in a file of it and made by whoever comes first: processes that share the folder read the same. */
export async function folderIdOf(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, randomUUID(), { mode: 0o600 });
  try {
    // Whole or not at all, and never over another one.
    await link(mine, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(mine, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}
