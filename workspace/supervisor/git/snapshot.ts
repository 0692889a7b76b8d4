import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentSandbox } from '../agent-sandbox.ts';
import { readAgentHistory } from './agent-history.ts';
import type { HistoryOptions } from './agent-history.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { retryWhileAway } from './checkout.ts';
import { pushRefusal } from './push-refusal.ts';
import { chooseParent, planSnapshot } from './snapshot-plan.ts';
import type { Candidate } from './snapshot-plan.ts';
import type { Git } from './run-git.ts';

export interface Snapshot {
  commit: string;
  parent: string;
  tree: string;
  warnings: string[];
}

export interface SnapshotOptions extends HistoryOptions {
  checkoutDir: string;
  sandbox: AgentSandbox;
}

/**
 * Commits the work tree as it is, with the supervisor's own git dir and index: nothing of the agent's repository (config, hooks,
 * filters, excludes) has a say, and it may be gone. Own commits of the agent stay where they descend from the checkout. A work tree
 * that is as it was in `last` has the same commit, whenever it is asked for.
 */
export async function takeSnapshot(git: Git, options: SnapshotOptions, last: Snapshot | null): Promise<Snapshot> {
  await rm(join(options.gitDir, 'index.lock'), { force: true });
  const [history, differing] = await Promise.all([readAgentHistory(git, options.sandbox, options), listDiffering(git)]);
  const { parent, warnings } = chooseParent(history, options.checkoutCommit);
  const [parentTree, candidates] = await Promise.all([
    git(['rev-parse', `${parent}^{tree}`], { quiet: true }).then(text),
    inspectAll(git, options, differing, parent),
  ]);
  const plan = planSnapshot(candidates, options.maxFileBytes);
  if (plan.take.length > 0) {
    // Removals first: a folder that became a link, or a file that became a folder, leaves its old entries in the way.
    const gone = new Set(candidates.filter(({ kind }) => kind === 'missing').map(({ path }) => path));
    const removed = plan.take.filter((path) => gone.has(path));
    const kept = plan.take.filter((path) => !gone.has(path));
    if (removed.length > 0) await git(['update-index', '--force-remove', '-z', '--stdin'], { quiet: true, input: joinZ(removed) });
    if (kept.length > 0)
      await git(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], { quiet: true, input: joinZ(kept) });
  }
  const tree = text(await git(['write-tree'], { quiet: true }));
  const found = { parent, tree, warnings: [...warnings, ...plan.warnings] };
  if (tree === parentTree) return { ...found, commit: parent };
  if (last?.tree === tree && last.parent === parent) return { ...found, commit: last.commit };
  return { ...found, commit: text(await git(['commit-tree', tree, '-p', parent, '-m', 'astraforge: work tree'])) };
}

/**
 * Pushes a commit to a ref of the run repository, again and again while the gateway restarts. DomainErrors of `pushRefusal`, which
 * are final.
 */
export async function pushCommit(git: Git, remoteUrl: string, commit: string, ref: string): Promise<void> {
  await retryWhileAway(async () => {
    try {
      await git(['push', '--quiet', '--force', '--no-verify', remoteUrl, `${commit}:${ref}`]);
    } catch (error) {
      throw (error instanceof DomainError ? pushRefusal(String(error.details['stderr']), error) : null) ?? error;
    }
  });
}

/** What is not as the index has it; paths as bytes (latin1). */
interface Differing {
  paths: string[];
  submodules: ReadonlySet<string>;
}

/** Paths of the work tree that the index does not know as they are, and the submodules that it knows. */
export async function listDiffering(git: Git): Promise<Differing> {
  const [changed, untracked, entries] = await Promise.all([
    git(['diff-files', '--name-only', '--ignore-submodules=dirty', '-z'], { quiet: true }),
    git(['ls-files', '--others', '--exclude-per-directory=.gitignore', '-z'], { quiet: true }),
    git(['ls-files', '--stage', '-z'], { quiet: true }),
  ]);
  const submodules = splitZ(entries.stdout).filter((entry) => entry.startsWith('160000 '));
  return {
    paths: [...splitZ(changed.stdout), ...splitZ(untracked.stdout)],
    submodules: new Set(submodules.map((entry) => entry.slice(entry.indexOf('\t') + 1))),
  };
}

async function inspectAll(git: Git, options: SnapshotOptions, differing: Differing, parent: string): Promise<Candidate[]> {
  const paths = new Set(differing.paths);
  if (parent !== options.checkoutCommit) {
    // Ignored files that the agent committed by force are part of its work.
    const added = await git(['diff-tree', '-r', '-z', '--name-only', '--diff-filter=A', options.checkoutCommit, parent], { quiet: true });
    for (const path of splitZ(added.stdout)) paths.add(path);
  }
  return Promise.all([...paths].map((path) => inspect(options.checkoutDir, path, differing.submodules)));
}

async function inspect(checkoutDir: string, path: string, submodules: ReadonlySet<string>): Promise<Candidate> {
  const plain = path.replace(/\/+$/, '');
  if (submodules.has(plain)) return { path: plain, sizeBytes: null, kind: 'submodule' };
  const found = await lstat(Buffer.from(join(checkoutDir, '/').concat(plain), 'latin1')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (!found) return { path: plain, sizeBytes: null, kind: 'missing' };
  if (found.isDirectory()) return { path: plain, sizeBytes: null, kind: path.endsWith('/') ? 'nested' : 'missing' };
  return { path: plain, sizeBytes: found.isFile() ? found.size : null, kind: 'file' };
}

/** Paths are bytes to git: latin1 carries each byte unchanged. */
function splitZ(output: Buffer): string[] {
  return output.toString('latin1').split('\0').filter(Boolean);
}

function joinZ(paths: readonly string[]): Buffer {
  return Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
}

function text(result: { stdout: Buffer }): string {
  return result.stdout.toString('utf8').trim();
}
