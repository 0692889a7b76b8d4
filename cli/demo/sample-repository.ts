import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import { execa, ExecaError } from 'execa';
import { DomainError } from '../../workflows/contracts/errors.ts';

/** A bare repository with the demo's sample on `main`: one commit, one failing test. */
export interface SampleRepository {
  /** `sample`, `sample-2`, … (or another first name): also the project's name. */
  name: string;
  /** Absolute path of the bare repository. */
  path: string;
}

const sources = fileURLToPath(new URL('sample/', import.meta.url));
const most = 10_000;

/**
 * Makes the next sample in `forgeDir`: each demo gets one of its own, so that its test fails again. A name that is taken by a
 * folder or refused by `isFree` is passed over. DomainError `git-missing` or `sample-failed`.
 */
export async function makeSampleRepository(
  forgeDir: string,
  isFree: (name: string) => boolean | Promise<boolean> = () => true,
  firstName = 'sample',
): Promise<SampleRepository> {
  await mkdir(forgeDir, { recursive: true, mode: 0o700 });
  for (let number = 1; number <= most; number++) {
    const name = number === 1 ? firstName : `${firstName}-${number}`;
    const path = join(forgeDir, `${name}.git`);
    if (!(await isFree(name)) || !(await claim(path))) continue;
    try {
      await fill(path);
      return { name, path };
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw error;
    }
  }
  throw new DomainError('permanent', 'sample-failed', `demo: ${forgeDir} holds ${most} samples; remove some`);
}

/** Making the folder is the claim: of two demos that start at once only one gets a name. */
async function claim(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (isNativeError(error) && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function fill(bare: string): Promise<void> {
  const checkout = await mkdtemp(join(tmpdir(), 'astraforge-sample-'));
  try {
    await cp(sources, checkout, { recursive: true });
    await git(['init', '--quiet', '--template=', '--initial-branch=main'], checkout);
    await git(['add', '--all'], checkout);
    await git(['commit', '--quiet', '--no-verify', '-m', 'A shopping cart'], checkout);
    await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main'], bare);
    await git(['push', '--quiet', '--no-verify', bare, 'main:refs/heads/main'], checkout);
  } finally {
    await rm(checkout, { recursive: true, force: true });
  }
}

/** The person's own git configuration (signing, hooks, templates) has no say in a sample. */
async function git(args: string[], cwd: string): Promise<void> {
  const env = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'AstraForge',
    GIT_AUTHOR_EMAIL: 'astraforge@localhost',
    GIT_COMMITTER_NAME: 'AstraForge',
    GIT_COMMITTER_EMAIL: 'astraforge@localhost',
    GIT_DIR: undefined,
    GIT_WORK_TREE: undefined,
    GIT_INDEX_FILE: undefined,
  };
  try {
    await execa('git', args, { cwd, env, stdin: 'ignore' });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      throw new DomainError(
        'permanent',
        'git-missing',
        'demo: git is not installed; install it (Debian: apt-get install git) and start again',
        {
          cause: error,
        },
      );
    }
    throw new DomainError('permanent', 'sample-failed', `demo: the sample repository could not be made: ${error.shortMessage}`, {
      cause: error,
    });
  }
}
