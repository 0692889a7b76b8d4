import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { Git } from './run-git.ts';

/** Which of these full ids are commits of the repository (its alternates included). */
export async function presentCommits(git: Git, gitDir: string, commits: readonly string[]): Promise<Set<string>> {
  const { stdout } = await git(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    gitDir,
    input: commits.join('\n') + '\n',
    quiet: true,
  });
  const lines = stdout.toString().split('\n');
  return new Set(lines.filter((line) => line.endsWith(' commit')).map((line) => line.slice(0, -' commit'.length)));
}

/** The commit that a ref names, null without such a ref. */
export async function readRef(git: Git, gitDir: string, ref: string): Promise<string | null> {
  const { stdout, exitCode } = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], {
    gitDir,
    exitCodes: 'any',
    quiet: true,
  });
  return exitCode === 0 ? stdout.toString().trim() : null;
}

/** The same for several full ref names; those that there are. */
export async function readRefs(git: Git, gitDir: string, refs: readonly string[]): Promise<Map<string, string>> {
  const { stdout } = await git(['for-each-ref', '--format=%(refname) %(objectname)', ...refs], { gitDir, quiet: true });
  const lines = stdout
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(' '));
  return new Map(lines.filter(([name = '']) => refs.includes(name)).map(([name = '', commit = '']) => [name, commit]));
}

/** Sets refs in one transaction. */
export async function writeRefs(git: Git, gitDir: string, refs: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(refs).map(([ref, commit]) => `update ${ref}\0${commit}\0\0`);
  await git(['update-ref', '--no-deref', '-z', '--stdin'], { gitDir, input: lines.join(''), quiet: true });
}

/** Whether the first commit is the second one or one of its ancestors. */
export async function isAncestor(git: Git, gitDir: string, ancestor: string, commit: string): Promise<boolean> {
  const { exitCode } = await git(['merge-base', '--is-ancestor', ancestor, commit], { gitDir, exitCodes: [0, 1], quiet: true });
  return exitCode === 0;
}

export interface TreeEntry {
  mode: string;
  type: string;
  id: string;
}

/** The entry of a path in a commit's tree; null when there is none. The path is taken literally. */
export async function treeEntry(git: Git, gitDir: string, commit: string, path: string): Promise<TreeEntry | null> {
  if (path === '' || path.startsWith('/') || path.endsWith('/') || path.includes('\0')) {
    throw new DomainError(
      'permanent',
      'invalid-input',
      `git: ${JSON.stringify(path)} is not a path inside the repository; correct the path`,
    );
  }
  // No commit has such a path; git would refuse to look outside the repository.
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) return null;
  const { stdout } = await git(['ls-tree', '-z', '--full-tree', commit, '--', path], { gitDir, quiet: true });
  for (const line of stdout.toString('utf8').split('\0')) {
    const tab = line.indexOf('\t');
    const [mode, type, id] = line.slice(0, tab).split(' ');
    if (tab > 0 && line.slice(tab + 1) === path && mode && type && id) return { mode, type, id };
  }
  return null;
}

/** Bytes of a blob. DomainError `git-output-limit` over the cap. */
export async function readBlob(git: Git, gitDir: string, id: string, maxBytes: number): Promise<Buffer> {
  const { stdout } = await git(['cat-file', 'blob', id], { gitDir, maxOutputBytes: maxBytes, quiet: true });
  return stdout;
}
