import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Objects of a run that are on their way lie in folders of such names: git does not look there. */
export const incoming = 'incoming-';

/**
 * Makes git see what came whole into the folder `name` below an empty objects folder, and removes every other transfer: one that broke may
 * lack the parents of what it brought. Where `name` is null, or cannot be moved, git sees none of it, and fetches. A transfer that broke
 * may still be written to: what cannot be removed stays where git does not look.
 */
export async function takeObjects(objectsDir: string, name: string | null): Promise<void> {
  await mkdir(objectsDir, { recursive: true });
  if (name !== null && name.startsWith(incoming)) await moveUp(join(objectsDir, name), objectsDir);
  for (const entry of await readdir(objectsDir))
    if (entry.startsWith(incoming))
      await rm(join(objectsDir, entry), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }).catch(() => undefined);
}

/** Everything in `folder`, or nothing. */
async function moveUp(folder: string, to: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const entry of await readdir(folder)) {
      await rename(join(folder, entry), join(to, entry));
      moved.push(entry);
    }
  } catch {
    for (const entry of moved) await rename(join(to, entry), join(folder, entry));
  }
}
