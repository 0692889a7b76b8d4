import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Objects of a run that are on their way lie in folders of such names: git does not look there. */
export const incoming = 'incoming-';

/**
 * Makes git see what came whole into the folder `name` below an empty objects folder, and removes every other transfer: one that broke may
 * lack the parents of what it brought. Null: none came whole.
 */
export async function takeObjects(objectsDir: string, name: string | null): Promise<void> {
  await mkdir(objectsDir, { recursive: true });
  if (name !== null && name.startsWith(incoming)) {
    const folder = join(objectsDir, name);
    for (const entry of await readdir(folder)) await rename(join(folder, entry), join(objectsDir, entry));
  }
  for (const entry of await readdir(objectsDir))
    if (entry.startsWith(incoming)) await rm(join(objectsDir, entry), { recursive: true, force: true });
}
