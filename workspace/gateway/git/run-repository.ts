import { rm } from 'node:fs/promises';
import type { ArtifactStore } from '../../../db/artifacts/port.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { restoreBundle } from './bundle.ts';
import { setAlternate } from './checkpoints.ts';
import type { Checkpoints } from './checkpoints.ts';
import { ensureBare } from './mirror.ts';
import type { Mirrors } from './mirror.ts';
import { branchRef, commitId, runRefs, runRepositoryPath } from './names.ts';
import { presentCommits, readBlob, readRef, treeEntry, writeRefs } from './objects.ts';
import type { GitService, PreparedRun, RepositoryKey } from './port.ts';
import type { Git, GitScope } from './run-git.ts';

export interface RunRepositoryDeps {
  git: Git;
  runsDir: string;
  mirrors: Mirrors;
  checkpoints: Checkpoints;
  artifacts: ArtifactStore;
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
  await ensureBare(git, gitDir);
  await setAlternate(gitDir, await deps.mirrors.ensure(input));
  const pinned = await readPinned(git, gitDir);
  const { baseCommit, warnings } = await chooseBase(deps, input, pinned, scope);
  await writeRefs(git, gitDir, { [runRefs.base]: baseCommit });

  const startCommit = await chooseStart(deps, input, gitDir, baseCommit);
  const present = await Promise.all([runRefs.turn, runRefs.save].map((ref) => readRef(git, gitDir, ref)));
  await writeRefs(git, gitDir, {
    [runRefs.start]: startCommit,
    // Both exist from the start: the workspace's pushes then send only what is new.
    ...(present[0] === null ? { [runRefs.turn]: startCommit } : {}),
    ...(present[1] === null ? { [runRefs.save]: startCommit } : {}),
  });
  await git(['symbolic-ref', 'HEAD', runRefs.start], { gitDir, quiet: true });
  const projectFile = await readProjectFile(git, gitDir, baseCommit);
  return { baseCommit, startCommit, ref: runRefs.start, projectFile, ...(warnings.length > 0 ? { warnings } : {}) };
}

/**
 * The path of a run's repository whose base is at hand; the mirror is refilled when it was deleted. DomainError
 * `run-missing` when this gateway does not have it.
 */
export async function openRun(deps: RunRepositoryDeps, input: RepositoryKey & { runId: string; baseCommit: string }): Promise<string> {
  const gitDir = runRepositoryPath(deps.runsDir, input.runId);
  const mirror = await deps.mirrors.ensure(input);
  const baseCommit = commitId(input.baseCommit);
  try {
    if ((await presentCommits(deps.git, gitDir, [baseCommit])).has(baseCommit)) return gitDir;
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    throw new DomainError(
      'permanent',
      'run-missing',
      `git: the repository of run ${input.runId} is not at this gateway; start the attempt anew`,
      { cause },
    );
  }
  await setAlternate(gitDir, mirror);
  await deps.checkpoints.requireBase(input, baseCommit);
  return gitDir;
}

/** DomainError `unknown-commit` unless the run's repository has it. */
export async function requireCommit(git: Git, gitDir: string, commit: string): Promise<string> {
  const id = commitId(commit);
  if ((await presentCommits(git, gitDir, [id])).has(id)) return id;
  throw new DomainError('permanent', 'unknown-commit', `git: commit ${id} never reached the run's repository; push it and try again`, {
    details: { commit: id },
  });
}

/** Removes the run's repository; nothing happens when it is gone. */
export async function dropRun(deps: Pick<RunRepositoryDeps, 'runsDir'>, runId: string): Promise<void> {
  await rm(runRepositoryPath(deps.runsDir, runId), { recursive: true, force: true });
}

/** The pinned base as it was written, even when its object is gone with the mirror. */
async function readPinned(git: Git, gitDir: string): Promise<string | null> {
  const { stdout, exitCode } = await git(['rev-parse', '--verify', '--quiet', runRefs.base], { gitDir, exitCodes: 'any', quiet: true });
  return exitCode === 0 ? stdout.toString().trim() : null;
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
  const ref = branchRef(input.baseBranch);
  const { warnings } = await deps.mirrors.fetch(input, input.source, scope);
  const mirror = deps.mirrors.path(input);
  const baseCommit = await readRef(deps.git, mirror, ref);
  if (baseCommit !== null) return { baseCommit, warnings };
  const branches = await listBranches(deps.git, mirror);
  if (branches.length === 0) throw emptyRepository();
  throw new DomainError(
    'permanent',
    'unknown-branch',
    `prepare: the repository has no branch ${JSON.stringify(input.baseBranch)}; choose one of ${branches.slice(0, 20).join(', ')}`,
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
