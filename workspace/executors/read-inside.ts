import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';

const maxBytes = 256 * 1024 * 1024;

/** Reads a file that the agent could have replaced by a link: only a regular file that really lies inside `root`. Null when it is not. */
export async function readInside(root: string, path: string): Promise<Uint8Array | null> {
  try {
    const real = await realpath(path);
    if (!real.startsWith((await realpath(root)) + sep)) return null;
    const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile() || found.size === 0 || found.size > maxBytes) return null;
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
