import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { Git } from '../git/run-git.ts';
import { listDiffering } from '../git/snapshot.ts';

/**
 * What a setup made in the checkout: the paths that git ignores, and folders that hold nothing else; folders as a whole. DomainError
 * `setup-not-kept` where that is not all that it did there.
 */
export async function listSetupPaths(git: Git, checkoutDir: string): Promise<string[]> {
  // A file that was only touched is as it was.
  await git(['update-index', '-q', '--refresh'], { quiet: true, exitCodes: [0, 1] });
  const { paths, submodules } = await listDiffering(git);
  const [first] = paths;
  if (first !== undefined) throw notKept(`it changed files that git does not ignore, as ${JSON.stringify(fromLatin1(first))}`);
  for (const path of submodules) {
    if (await holdsFiles(join(checkoutDir, fromLatin1(path)))) throw notKept(`it checked out the submodule ${fromLatin1(path)}`);
  }
  const [ignored, others] = await Promise.all([listOthers(git, ['--ignored']), listOthers(git, [])]);
  // Folders without a file that git would take: empty, or of ignored files alone, which come with them.
  const folders = others.filter((path) => path.endsWith('/'));
  const made = [...folders, ...ignored.filter((path) => !folders.some((folder) => path.startsWith(folder)))];
  const unnamable = made.find((path) => path.includes('\uFFFD'));
  if (unnamable !== undefined) throw notKept(`it made a file whose name is no text: ${unnamable}`);
  return made.map((path) => path.replace(/\/$/, ''));
}

/** Folders that git knows nothing of as a whole, with a slash. */
async function listOthers(git: Git, options: string[]): Promise<string[]> {
  const args = ['ls-files', '--others', ...options, '--exclude-per-directory=.gitignore', '--directory', '-z'];
  const { stdout } = await git(args, { quiet: true });
  return stdout.toString('utf8').split('\0').filter(Boolean);
}

function notKept(why: string): DomainError {
  return new DomainError('permanent', 'setup-not-kept', why);
}

/** Git's paths are bytes. */
function fromLatin1(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

async function holdsFiles(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return names.length > 0;
}
