import { rm } from 'node:fs/promises';
import type { ArtifactStore } from '../../../db/artifacts/port.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { restoreBundle } from './bundle.ts';
import { setAlternate } from './checkpoints.ts';
import type { Checkpoints } from './checkpoints.ts';
import { ensureBare, exists } from './mirror.ts';
import type { Mirrors } from './mirror.ts';
import { branchRef, commitId, runRefs, runRepositoryPath } from './names.ts';
import { presentCommits, readBlob, readRef, readRefs, treeEntry, writeRefs } from './objects.ts';
import type { BranchTip, GitService, PreparedRun, RepositoryKey, RepositorySource } from './port.ts';
import type { Git, GitScope } from './run-git.ts';

export interface RunRepositoryDeps {
  git: Git;
  runsDir: string;
  mirrors: Mirrors;
  checkpoints: Checkpoints;
  artifacts: ArtifactStore;
  /** Refuses a change that may not be kept (`secrets/refuse-change.ts`). */
  guardChange(key: RepositoryKey, change: { gitDir: string; baseCommit: string; commit: string }): Promise<void>;
}

type PrepareInput = Parameters<GitService['prepareRun']>[0];

const projectFileName = '.astraforge.yml';
const projectFileCapBytes = 256 * 1024;

/**
 * Makes or adopts the run's bare repository. Its base is pinned by the first call: later ones (another attempt, a retried
 * activity) keep it, whatever the branch did since.
 */
export async function prepareRun(deps: RunRepositoryDeps, input: PrepareInput): Promise<PreparedRun> {
  const { git } = deps;
  const gitDir = runRepositoryPath(deps.runsDir, input.runId);
  const scope: GitScope = { tenantId: input.tenantId, projectId: input.projectId, runId: input.runId };
  await ensureBare(git, gitDir, runRefs.start);
  await setAlternate(gitDir, await deps.mirrors.ensure(input));
  // As they were written, even where their objects are gone with the mirror.
  const known = await readRefs(git, gitDir, [runRefs.base, runRefs.turn, runRefs.save]);
  const { baseCommit, warnings } = await chooseBase(deps, input, known.get(runRefs.base) ?? null, scope);
  const startCommit = await chooseStart(deps, input, gitDir, baseCommit);
  await writeRefs(git, gitDir, {
    [runRefs.base]: baseCommit,
    [runRefs.start]: startCommit,
    // Both exist from the start: the workspace's pushes then send only what is new.
    ...(known.has(runRefs.turn) ? {} : { [runRefs.turn]: startCommit }),
    ...(known.has(runRefs.save) ? {} : { [runRefs.save]: startCommit }),
  });
  const projectFile = await readProjectFile(git, gitDir, baseCommit);
  return { baseCommit, startCommit, ref: runRefs.start, projectFile, ...(warnings.length > 0 ? { warnings } : {}) };
}

/**
 * The path of a run's repository with base and commit at hand; the mirror is refilled when it was deleted. DomainErrors
 * `run-missing` when this gateway does not have the run, `unknown-commit` when the commit never reached it.
 */
export async function openRun(
  deps: RunRepositoryDeps,
  input: RepositoryKey & { runId: string; baseCommit: string; commit: string },
): Promise<string> {
  const gitDir = runRepositoryPath(deps.runsDir, input.runId);
  const baseCommit = commitId(input.baseCommit);
  const commit = commitId(input.commit);
  const mirror = await deps.mirrors.ensure(input);
  if (!(await exists(gitDir))) {
    throw new DomainError(
      'permanent',
      'run-missing',
      `git: the repository of run ${input.runId} is not at this gateway; start the attempt anew`,
    );
  }
  await setAlternate(gitDir, mirror);
  const present = await presentCommits(deps.git, gitDir, [baseCommit, commit]);
  if (!present.has(baseCommit)) await deps.checkpoints.requireBase(input, baseCommit);
  if (present.has(commit) || (await presentCommits(deps.git, gitDir, [commit])).has(commit)) return gitDir;
  throw new DomainError('permanent', 'unknown-commit', `git: commit ${commit} never reached the run's repository; push it and try again`, {
    details: { commit },
  });
}

/** Removes the run's repository; nothing happens when it is gone. */
export async function dropRun(deps: Pick<RunRepositoryDeps, 'runsDir'>, runId: string): Promise<void> {
  await rm(runRepositoryPath(deps.runsDir, runId), { recursive: true, force: true });
}

async function chooseBase(
  deps: RunRepositoryDeps,
  input: PrepareInput,
  pinned: string | null,
  scope: GitScope,
): Promise<{ baseCommit: string; warnings: string[] }> {
  const known = input.from ? commitId(input.from.baseCommit) : pinned;
  if (known !== null) {
    await deps.checkpoints.requireBase(input, known, input.source);
    return { baseCommit: known, warnings: [] };
  }
  return fetchTip(deps, { ...input, branch: input.baseBranch, scope });
}

/** The tip of a branch and its `.astraforge.yml`, from a mirror that was brought up to date. */
export async function readBranchTip(
  deps: RunRepositoryDeps,
  input: RepositoryKey & { source: RepositorySource; branch: string },
): Promise<BranchTip> {
  const scope: GitScope = { tenantId: input.tenantId, projectId: input.projectId };
  const { baseCommit } = await fetchTip(deps, { ...input, scope });
  return { baseCommit, projectFile: await readProjectFile(deps.git, deps.mirrors.path(input), baseCommit) };
}

/** Fetches the mirror and answers the branch's tip. DomainErrors of `readTip`. */
async function fetchTip(
  deps: RunRepositoryDeps,
  input: RepositoryKey & { source: RepositorySource; branch: string; scope: GitScope },
): Promise<{ baseCommit: string; warnings: string[] }> {
  branchRef(input.branch);
  const { warnings } = await deps.mirrors.fetch(input, input.source, input.scope);
  return { baseCommit: await readTip(deps, input), warnings };
}

/** The branch's tip in the mirror as it is. DomainErrors `unknown-branch`, `empty-repository`. */
export async function readTip(
  deps: Pick<RunRepositoryDeps, 'git' | 'mirrors'>,
  input: RepositoryKey & { branch: string },
): Promise<string> {
  const mirror = deps.mirrors.path(input);
  const baseCommit = await readRef(deps.git, mirror, branchRef(input.branch));
  if (baseCommit !== null) return baseCommit;
  const branches = await listBranches(deps.git, mirror);
  if (branches.length === 0) throw emptyRepository();
  throw new DomainError(
    'permanent',
    'unknown-branch',
    `prepare: the repository has no branch ${JSON.stringify(input.branch)}; choose one of ${branches.slice(0, 20).join(', ')}`,
    { details: { branches: branches.slice(0, 100) } },
  );
}

/** A repository without a commit: nothing to start from. */
export function emptyRepository(): DomainError {
  return new DomainError('permanent', 'empty-repository', 'repository: it has no commit yet; push a first commit and try again');
}

async function listBranches(git: Git, gitDir: string): Promise<string[]> {
  const { stdout } = await git(['for-each-ref', '--format=%(refname:lstrip=2)', '--count=100', 'refs/heads/'], { gitDir, quiet: true });
  return stdout.toString('utf8').split('\n').filter(Boolean);
}

async function chooseStart(deps: RunRepositoryDeps, input: PrepareInput, gitDir: string, baseCommit: string): Promise<string> {
  if (!input.from) return baseCommit;
  const commit = commitId(input.from.commit);
  if (commit === baseCommit) return commit;
  // A bundle is taken only where its base is part of some history.
  await writeRefs(deps.git, gitDir, { [runRefs.base]: baseCommit });
  await restoreBundle(deps.git, deps.artifacts, {
    tenantId: input.tenantId,
    gitDir,
    artifactId: input.from.bundleArtifactId,
    commit,
    ref: runRefs.start,
    finalisedRef: runRefs.finalised,
  });
  return commit;
}

async function readProjectFile(git: Git, gitDir: string, commit: string): Promise<string | null> {
  const entry = await treeEntry(git, gitDir, commit, projectFileName);
  if (!entry || !entry.mode.startsWith('100')) return null;
  return (await readBlob(git, gitDir, entry.id, projectFileCapBytes)).toString('utf8');
}
