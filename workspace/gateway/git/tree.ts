import type { TreeEntry } from './objects.ts';
import type { Git } from './run-git.ts';

const listCapBytes = 128 * 1024 * 1024;

/** Files, links and submodules of a commit at any depth, with their paths from its root. */
export async function readTree(git: Git, gitDir: string, commit: string): Promise<(TreeEntry & { path: string })[]> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', commit], { gitDir, maxOutputBytes: listCapBytes, quiet: true });
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const tab = line.indexOf('\t');
      const [mode, type, id] = line.slice(0, tab).split(' ');
      return tab > 0 && mode && type && id ? [{ mode, type, id, path: line.slice(tab + 1) }] : [];
    });
}
