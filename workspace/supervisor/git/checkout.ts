import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { SupervisorJob } from '../../../workflows/contracts/supervisor.ts';
import { writeInside } from '../../executors/write-inside.ts';
import type { Git } from './run-git.ts';
import { submoduleConfig } from './submodules.ts';
import type { ReadSubmodules } from './submodules.ts';

/** The agent's branch: a working name; what is published gets its own. */
const branch = 'astraforge/work';
/** A local branch at the commit that a review compares with. */
export const reviewBranch = 'astraforge/review-base';
const retryForMs = 60_000;

/** The run's repository, and how its submodules are asked for. */
export interface Remote {
  url: string;
  submodules: ReadSubmodules;
}

export interface CheckoutPaths {
  gitDir: string;
  objectsDir: string;
  checkoutDir: string;
}

/**
 * Fetches the job's commit into the supervisor's own git dir, lays out the work tree, and gives the agent a repository of its
 * own in it, which borrows the objects read-only: one transfer, nothing copied.
 */
export async function checkOut(git: Git, paths: CheckoutPaths, job: SupervisorJob, remote: Remote): Promise<void> {
  const { url: remoteUrl } = remote;
  await initialise(paths.gitDir);
  const { ref, commit, baseCommit } = job.checkout;
  await fetchCommit(git, paths.gitDir, { remoteUrl, ref, commit });
  await fetchCommit(git, paths.gitDir, { remoteUrl, ref: baseCommit, commit: baseCommit }).catch(() => undefined);
  await git(['read-tree', '--reset', '-u', job.checkout.commit]);
  await layOutRepository(paths, job.checkout.commit, remote);
}

/** An empty repository; git init would be one more process before the agent can work. */
async function initialise(gitDir: string): Promise<void> {
  for (const name of ['objects/info', 'objects/pack', 'refs/heads', 'info']) await mkdir(join(gitDir, name), { recursive: true });
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
  await writeFile(join(gitDir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n');
}

/**
 * Makes sure that the commit is here: by ref, then by its own name, with retries while the gateway restarts. It is named by a ref of
 * ours then, so that the next fetch asks for what is new since.
 */
export async function fetchCommit(git: Git, gitDir: string, from: { remoteUrl: string; ref: string; commit: string }): Promise<void> {
  const { remoteUrl, ref, commit } = from;
  const fetch = (wanted: string) =>
    retryWhileAway(() => git(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', remoteUrl, wanted]));
  if (!(await hasCommit(git, commit))) await fetch(ref);
  if (ref !== commit && !(await hasCommit(git, commit))) await fetch(commit);
  await mkdir(join(gitDir, 'refs', 'astraforge'), { recursive: true });
  await writeFile(join(gitDir, 'refs', 'astraforge', commit), `${commit}\n`);
}

async function hasCommit(git: Git, commit: string): Promise<boolean> {
  const found = await git(['cat-file', '-e', `${commit}^{commit}`], { quiet: true, exitCodes: [0, 1, 128] });
  return found.exitCode === 0;
}

/** Repeats a network step while the gateway is away (up to 60 s); any other failure is final. */
export async function retryWhileAway<T>(step: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + retryForMs;
  for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    try {
      return await step();
    } catch (error) {
      const said = error instanceof DomainError ? String(error.details['stderr'] ?? error.message) : '';
      const away =
        /Empty reply|Failed to connect|Couldn't connect|Connection (refused|reset)|error: 50[0-9]|HTTP 50[0-9]|RPC failed|unexpected disconnect|early EOF|transfer closed|expected flush after ref listing|invalid index-pack output|gateway-unreachable|cannot lock ref/.test(
          said,
        );
      if (!away || Date.now() + waitMs > deadline) throw error;
      await sleep(waitMs);
    }
  }
}

/** Writes the agent's `.git` from nothing: HEAD at the commit, index as checked out, objects borrowed. Config is the least there is. */
export async function layOutRepository(paths: CheckoutPaths, commit: string, remote: Remote): Promise<void> {
  const submodules = await remote.submodules(commit);
  const dir = join(paths.checkoutDir, '.git');
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, 'objects', 'info'), { recursive: true });
  await mkdir(join(dir, 'refs', 'heads', 'astraforge'), { recursive: true });
  await mkdir(join(dir, 'info'), { recursive: true });
  await writeFile(join(dir, 'HEAD'), `ref: refs/heads/${branch}\n`);
  await writeFile(join(dir, 'refs', 'heads', branch), `${commit}\n`);
  await writeFile(join(dir, 'objects', 'info', 'alternates'), `${paths.objectsDir}\n`);
  await writeFile(
    join(dir, 'config'),
    `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n[remote "origin"]\n\turl = ${remote.url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n${submoduleConfig(submodules)}`,
  );
  await copyFile(join(paths.gitDir, 'index'), join(dir, 'index'));
}

/** Points the branch that a review compares with at `commit`. */
export async function setReviewBranch(paths: CheckoutPaths, commit: string): Promise<void> {
  await writeInside(paths.checkoutDir, join('.git', 'refs', 'heads', reviewBranch), `${commit}\n`);
}
