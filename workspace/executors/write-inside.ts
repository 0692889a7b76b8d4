import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isErrno, openFolder, within } from './held-folder.ts';

/**
 * Writes a file below `root`, where an agent may have put links, pipes or anything else: `path` leads through real folders alone, which are
 * made where something else stands, and what was at its end is replaced as a whole. So nothing outside is written, and nothing is waited
 * for, whatever the agent does meanwhile. Rejects when `root` itself is no real folder.
 */
export async function writeInside(root: string, path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const parents = path.split('/');
  const name = parents.pop() ?? '';
  await mkdir(root, { recursive: true });
  let folder = await openFolder(root);
  try {
    for (const parent of parents) {
      const next = await enter(folder, parent);
      await folder.close();
      folder = next;
    }
    await replace(folder, name, content, mode);
  } finally {
    await folder.close();
  }
}

async function enter(parent: FileHandle, name: string): Promise<FileHandle> {
  const path = within(parent, name);
  try {
    return await openFolder(path);
  } catch (error) {
    if (isErrno(error, 'ELOOP', 'ENOTDIR')) await unlink(path);
    else if (!isErrno(error, 'ENOENT')) throw error;
    await mkdir(path);
    return openFolder(path);
  }
}

async function replace(folder: FileHandle, name: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = within(folder, `.${randomUUID()}`);
  const target = within(folder, name);
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode);
  try {
    await file.writeFile(content).finally(() => file.close());
    await rename(temporary, target).catch(async (error: unknown) => {
      if (!isErrno(error, 'EISDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
      await rm(target, { recursive: true, force: true });
      await rename(temporary, target);
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
