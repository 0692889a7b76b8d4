import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from './run-git.ts';
import type { Git } from './run-git.ts';

/** A pack's own index has about 32 bytes an object: below some 10,000 objects counting them is quick enough. */
const worthBytes = 320_000;
const mostUncovered = 20;

/** A file of a repository's pack folder. */
export interface PackFile {
  name: string;
  sizeBytes: number;
  changedMs: number;
}

/**
 * Whether one index over all packs, with its bitmap of what each commit reaches, is to be written (anew): for a repository of some
 * size without one, and when many packs came since. Pure.
 */
export function wantsPackIndex(files: readonly PackFile[]): boolean {
  const indexes = files.filter(({ name }) => /^pack-[0-9a-f]+\.idx$/.test(name));
  const bytes = indexes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (bytes < worthBytes) return false;
  const whole = files.find(({ name }) => name === 'multi-pack-index');
  return !whole || indexes.filter(({ changedMs }) => changedMs > whole.changedMs).length > mostUncovered;
}

/** Writes that index where it is wanted: whoever clones then need not wait until every object was counted. */
export async function indexPacks(git: Git, gitDir: string, wants: typeof wantsPackIndex = wantsPackIndex): Promise<void> {
  const folder = join(gitDir, 'objects', 'pack');
  const files = await Promise.all((await readdir(folder)).map((name) => lookAt(folder, name)));
  if (!wants(files.filter((file) => file !== null))) return;
  await git(['multi-pack-index', 'write', '--bitmap', '--no-progress'], { gitDir, timeoutMs: 600_000, quiet: true });
}

async function lookAt(folder: string, name: string): Promise<PackFile | null> {
  try {
    const { size, mtimeMs } = await stat(join(folder, name));
    return { name, sizeBytes: size, changedMs: mtimeMs };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}
