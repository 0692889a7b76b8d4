import { isAbsolute, join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { gitDate } from './commit-plan.ts';
import { createCommit } from './finalise.ts';
import { exclusively, type LocksFolder } from './folder-lock.ts';
import { ensureBare } from './mirror.ts';
import { branchRef, commitId } from './names.ts';
import { isAncestor, presentCommits, readRef } from './objects.ts';
import type { GitService } from './port.ts';
import type { Git } from './run-git.ts';

type MergeInput = Parameters<GitService['mergeLocal']>[0];

export interface MergeDeps {
  git: Git;
  /** Holds the empty repository whose configuration merges run under. */
  mirrorsDir: string;
  locksDir: LocksFolder;
  allowPaths: boolean;
}

const attempts = 5;

/**
 * Merges the commit into the target branch of a repository on this machine. Trees are merged under our own configuration with
 * its objects, so neither its merge drivers nor its hooks run. A commit that the target holds already is success.
 * DomainErrors: `repository-unreachable`, `unknown-branch`, `unknown-commit`, `target-checked-out`, `merge-conflict`.
 */
export async function mergeLocal(deps: MergeDeps, input: MergeInput): Promise<{ mergeCommit: string }> {
  const commit = commitId(input.commit);
  const ref = branchRef(input.targetBranch);
  const gitDir = await openTarget(deps, input.repositoryPath);
  if (!(await presentCommits(deps.git, gitDir, [commit])).has(commit)) {
    throw new DomainError('permanent', 'unknown-commit', `merge: the repository does not have commit ${commit}; publish it first`);
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const target = await readRef(deps.git, gitDir, ref);
    if (target === null) {
      throw new DomainError(
        'permanent',
        'unknown-branch',
        `merge: the repository has no branch ${input.targetBranch}; create it or choose another`,
      );
    }
    const earlier = await earlierMerge(deps.git, gitDir, commit, target);
    if (earlier !== null) return { mergeCommit: earlier };
    await refuseCheckedOut(deps.git, gitDir, ref, input.targetBranch);
    const mergeCommit = await makeMerge(deps, { gitDir, target, commit, input });
    if (await moveRef(deps.git, { gitDir, ref, from: target, to: mergeCommit, message: input.message })) return { mergeCommit };
  }
  throw new DomainError('transient', 'remote-moved', `merge: branch ${input.targetBranch} keeps moving; try again`);
}

async function openTarget(deps: MergeDeps, repositoryPath: string): Promise<string> {
  if (!deps.allowPaths) {
    throw new DomainError('permanent', 'path-not-allowed', 'merge: paths of this machine are not allowed here; merge in the forge instead');
  }
  if (!isAbsolute(repositoryPath)) {
    throw new DomainError('permanent', 'invalid-input', 'merge: the repository is named by its absolute path; correct the call');
  }
  try {
    const { stdout } = await deps.git(['rev-parse', '--absolute-git-dir'], {
      cwd: repositoryPath,
      env: { GIT_CEILING_DIRECTORIES: join(repositoryPath, '..') },
      quiet: true,
    });
    return stdout.toString('utf8').replace(/\n$/, '');
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    throw new DomainError(
      'permanent',
      'repository-unreachable',
      'merge: there is no git repository at the project’s path; check the project',
      {
        cause,
      },
    );
  }
}

/** The commit by which the target got it: the oldest on its first-parent line that holds it. Null when it does not. */
async function earlierMerge(git: Git, gitDir: string, commit: string, target: string): Promise<string | null> {
  if (!(await isAncestor(git, gitDir, commit, target))) return null;
  const range = `${commit}..${target}`;
  const [line, holders] = await Promise.all([
    revisions(git, gitDir, ['--first-parent', '--parents', range]),
    revisions(git, gitDir, ['--ancestry-path', range]),
  ]);
  const holding = new Set(holders.map(([id]) => id));
  const oldest = line.findLast(([id]) => holding.has(id));
  // The line itself runs through the commit: it came in by a fast-forward.
  if (!oldest?.[0] || oldest[1] === commit) return commit;
  return oldest[0];
}

/** Lines of `git rev-list`, newest first, each as its ids. */
async function revisions(git: Git, gitDir: string, args: readonly string[]): Promise<string[][]> {
  const { stdout } = await git(['rev-list', ...args], { gitDir, quiet: true });
  return stdout
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
}

/** Moving a branch under a work tree would make every file of it look changed. */
async function refuseCheckedOut(git: Git, gitDir: string, ref: string, branch: string): Promise<void> {
  const { stdout } = await git(['worktree', 'list', '--porcelain', '-z'], { gitDir, quiet: true });
  const holder = stdout
    .toString('utf8')
    .split('\0\0')
    .map((block) => block.split('\0').filter(Boolean))
    .find((block) => block.includes(`branch ${ref}`) && !block.includes('bare'));
  if (!holder) return;
  const path = holder[0]?.replace(/^worktree /, '') ?? '';
  throw new DomainError(
    'permanent',
    'target-checked-out',
    `merge: ${branch} is checked out in ${path}; merge there with \`git merge\`, or check out another branch and try again`,
    { details: { branch, path } },
  );
}

async function makeMerge(deps: MergeDeps, work: { gitDir: string; target: string; commit: string; input: MergeInput }): Promise<string> {
  const { gitDir, target, commit, input } = work;
  const neutral = join(deps.mirrorsDir, 'neutral.git');
  await exclusively(deps.locksDir, { kind: 'mirror', name: neutral }, () => ensureBare(deps.git, neutral));
  // The neutral repository's settings, the target's objects.
  const env = { GIT_OBJECT_DIRECTORY: await objectsDir(deps.git, gitDir) };
  const merged = await deps.git(['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', target, commit], {
    gitDir: neutral,
    env,
    exitCodes: [0, 1],
    timeoutMs: 120_000,
  });
  const [tree = '', ...rest] = merged.stdout.toString('utf8').split('\0');
  if (merged.exitCode === 1) throw conflict(input.targetBranch, rest.filter(Boolean));
  return createCommit(deps.git, {
    gitDir: neutral,
    env,
    commit: { tree: tree.trim(), message: input.message, authorDate: gitDate(input.atMs) },
    parents: [target, commit],
    identity: input.identity,
    atMs: input.atMs,
    scope: {},
  });
}

async function objectsDir(git: Git, gitDir: string): Promise<string> {
  const { stdout } = await git(['rev-parse', '--path-format=absolute', '--git-path', 'objects'], { gitDir, quiet: true });
  return stdout.toString('utf8').replace(/\n$/, '');
}

function conflict(branch: string, files: string[]): DomainError {
  const names = [...new Set(files)];
  const shown = names.slice(0, 20).join(', ');
  return new DomainError(
    'permanent',
    'merge-conflict',
    `merge: the change conflicts with ${branch} in ${shown}${names.length > 20 ? ', …' : ''}; ask for a follow-up that rebases it`,
    { details: { files: names.slice(0, 200) } },
  );
}

/** False when the branch moved meanwhile. */
async function moveRef(git: Git, move: { gitDir: string; ref: string; from: string; to: string; message: string }): Promise<boolean> {
  const note = `merge: ${move.message.split('\n')[0] ?? ''}`;
  const { exitCode, stderr } = await git(['update-ref', '-m', note, move.ref, move.to, move.from], {
    gitDir: move.gitDir,
    exitCodes: 'any',
  });
  if (exitCode === 0) return true;
  if (/but expected|is at .* but|unable to resolve|File exists/i.test(stderr)) return false;
  throw new DomainError(
    'transient',
    'git-failed',
    `merge: the branch could not be moved: ${stderr.trim()}; check the repository’s permissions`,
    {
      details: { stderr },
    },
  );
}
