import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const environment = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@localhost',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@localhost',
};

/** Runs git without the machine's configuration and answers its standard output. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd, env: environment, stdin: 'ignore' })).stdout;
}

/** A bare repository at `path` with one commit of `files` (path -> content) on `main`. */
export async function makeBareRepository(path: string, files: Record<string, string>): Promise<string> {
  const checkout = await mkdtemp(join(tmpdir(), 'astraforge-e2e-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(checkout, name)), { recursive: true });
      await writeFile(join(checkout, name), content);
    }
    await git(checkout, 'init', '--quiet', '--initial-branch=main');
    await git(checkout, 'add', '--all');
    await git(checkout, 'commit', '--quiet', '--allow-empty', '-m', 'Initial commit');
    await mkdir(dirname(path), { recursive: true });
    await git(checkout, 'clone', '--quiet', '--bare', checkout, path);
    return path;
  } finally {
    await rm(checkout, { recursive: true, force: true });
  }
}
