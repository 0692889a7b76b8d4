import { DomainError } from '../../../workflows/contracts/errors.ts';
import { storeBundle, withBundle } from './bundle.ts';
import { gitDate, headerText, logFormat, maxKeptCommits, parseLog, planCommits, planSingle, trailersOf } from './commit-plan.ts';
import type { CommitPlan, PlannedCommit, RawCommit } from './commit-plan.ts';
import { readStat } from './diff.ts';
import { fingerprint, runRefs } from './names.ts';
import { isAncestor, readRef, writeRefs } from './objects.ts';
import type { CommitIdentity, FinalisedCommit, GitService } from './port.ts';
import { openRun, requireCommit } from './run-repository.ts';
import type { RunRepositoryDeps } from './run-repository.ts';
import { lastLine } from './run-git.ts';
import type { Git, GitScope } from './run-git.ts';

type FinaliseInput = Parameters<GitService['finalise']>[0];

/** Re-creates base..tip under the identity, proves and stores its bundle. The same input gives the same commit. */
export async function finalise(deps: RunRepositoryDeps, input: FinaliseInput): Promise<FinalisedCommit> {
  const { git } = deps;
  const gitDir = await openRun(deps, input);
  const baseCommit = input.baseCommit;
  const tip = await requireCommit(git, gitDir, input.tipCommit);
  const scope: GitScope = { tenantId: input.tenantId, projectId: input.projectId, runId: input.runId };
  const commit = await finalCommit(git, { gitDir, tip, scope, input });
  const stat = await readStat(git, gitDir, baseCommit, commit);
  const unchanged = await sameTree(git, gitDir, baseCommit, commit);
  if (commit === baseCommit) return { commit, baseCommit, unchanged: true, stat, bundleArtifactId: null };
  const bundleArtifactId = await withBundle(
    git,
    { gitDir, baseCommit, commit, includeBase: await isImported(git, gitDir, baseCommit), scope },
    async (file) => {
      await deps.checkpoints.prove(input, { file, baseCommit, commit });
      return storeBundle(deps.artifacts, input.tenantId, file);
    },
  );
  return { commit, baseCommit, unchanged, stat, bundleArtifactId };
}

/** Makes the commits once: the outcome is kept under a ref named by the input, so that a signature that differs each time does not matter. */
async function finalCommit(git: Git, work: { gitDir: string; tip: string; scope: GitScope; input: FinaliseInput }): Promise<string> {
  const { gitDir, tip, input, scope } = work;
  const { baseCommit, message, identity, atMs } = input;
  const doneRef = `refs/astraforge/done/${fingerprint({ baseCommit, tip, message, identity, atMs })}`;
  const done = await readRef(git, gitDir, doneRef);
  if (done !== null) return done;
  const finalised = await readRef(git, gitDir, runRefs.finalised);
  const plan = await readPlan(git, { gitDir, tip, finalised, input });
  const commit = await createCommits(git, { gitDir, plan, tip, identity, atMs, scope });
  await writeRefs(git, gitDir, { [doneRef]: commit, ...(commit === baseCommit ? {} : { [runRefs.finalised]: commit }) });
  return commit;
}

async function readPlan(
  git: Git,
  work: { gitDir: string; tip: string; finalised: string | null; input: FinaliseInput },
): Promise<CommitPlan> {
  const { gitDir, tip, finalised, input } = work;
  const plan = { baseCommit: input.baseCommit, message: input.message, atMs: input.atMs };
  // What was finalised before is what was approved and published: it stays as it is.
  const excluded = [input.baseCommit, ...(finalised === null ? [] : [finalised])].map((id) => `^${id}`);
  const onBase = await isAncestor(git, gitDir, input.baseCommit, tip);
  const commits = await readLog(git, gitDir, [tip, ...excluded], maxKeptCommits + 1);
  if (onBase && commits.length <= maxKeptCommits) {
    const parents = commits.at(-1)?.parents ?? [];
    const outer = await Promise.all(parents.map((parent) => readLog(git, gitDir, [parent], 1)));
    return planCommits({ ...plan, commits, outerTrees: new Map(outer.flat().map(({ id, tree }) => [id, tree])) });
  }
  const [last] = await readLog(git, gitDir, [tip], 1);
  if (!last) throw new DomainError('permanent', 'unknown-commit', `finalise: commit ${tip} cannot be read; run the turn again`);
  return planSingle({ ...plan, commits: [], tip: last });
}

async function readLog(git: Git, gitDir: string, revisions: readonly string[], count: number): Promise<RawCommit[]> {
  const args = [
    'log',
    '-z',
    '--topo-order',
    '--date=raw',
    '--encoding=UTF-8',
    `--max-count=${count}`,
    `--format=${logFormat}`,
    ...revisions,
  ];
  const { stdout } = await git(args, { gitDir, quiet: true });
  // Parents first. `--reverse` would apply after `--max-count` all the same; doing it here keeps the parser simple.
  return parseLog(stdout.toString('utf8')).reverse();
}

async function createCommits(
  git: Git,
  work: { gitDir: string; plan: CommitPlan; tip: string; identity: CommitIdentity; atMs: number; scope: GitScope },
): Promise<string> {
  const { gitDir, plan, identity, atMs, scope } = work;
  const made = new Map<string, string>();

  function finalId(id: string): string {
    const replacement = plan.replaces.get(id);
    return replacement === undefined ? (made.get(id) ?? id) : finalId(replacement);
  }

  for (const commit of plan.commits) {
    const parents = [...new Set(commit.parents.map(finalId))];
    made.set(commit.of, await createCommit(git, { gitDir, commit, parents, identity, atMs, scope }));
  }
  return finalId(work.tip);
}

/** Makes one commit object; author and committer come from the identity. Also used for merges. */
export async function createCommit(
  git: Git,
  work: {
    gitDir: string;
    env?: Readonly<Record<string, string>>;
    commit: Pick<PlannedCommit, 'tree' | 'message' | 'authorDate'>;
    parents: string[];
    identity: CommitIdentity;
    atMs: number;
    scope: GitScope;
  },
): Promise<string> {
  const { gitDir, commit, parents, identity, scope } = work;
  const message = await withTrailers(git, gitDir, commit.message, trailersOf(identity));
  const sign = identity.signingKeyFile !== null;
  const args = ['commit-tree', ...(sign ? ['-S'] : []), ...parents.flatMap((parent) => ['-p', parent]), '-F', '-', commit.tree];
  try {
    const { stdout } = await git(args, {
      gitDir,
      input: message,
      env: {
        ...work.env,
        GIT_AUTHOR_NAME: headerText(identity.author.name) || 'unknown',
        GIT_AUTHOR_EMAIL: headerText(identity.author.email),
        GIT_AUTHOR_DATE: commit.authorDate,
        GIT_COMMITTER_NAME: headerText(identity.committer.name) || 'unknown',
        GIT_COMMITTER_EMAIL: headerText(identity.committer.email),
        GIT_COMMITTER_DATE: gitDate(work.atMs),
      },
      config: [
        ['i18n.commitEncoding', 'UTF-8'],
        ...(identity.signingKeyFile === null
          ? []
          : ([
              ['gpg.format', 'ssh'],
              ['gpg.ssh.program', 'ssh-keygen'],
              ['user.signingKey', identity.signingKeyFile],
            ] as const)),
      ],
      scope,
    });
    return stdout.toString().trim();
  } catch (cause) {
    if (!sign || !(cause instanceof DomainError) || cause.code !== 'git-failed') throw cause;
    const reason = lastLine(String(cause.details['stderr'] ?? ''));
    throw new DomainError(
      'permanent',
      'signing-failed',
      `finalise: the commit could not be signed: ${reason}; check the project's signing key file at the gateway (an SSH private key without passphrase)`,
      { cause },
    );
  }
}

/** Git's own rules for where trailers go; each is added only where it is not there. */
async function withTrailers(git: Git, gitDir: string, message: string, trailers: readonly string[]): Promise<string> {
  const text = `${message.replaceAll('\0', '').trim() || 'Change without a message'}\n`;
  if (trailers.length === 0) return text;
  const args = [
    'interpret-trailers',
    '--no-divider',
    '--if-exists',
    'addIfDifferent',
    ...trailers.flatMap((trailer) => ['--trailer', trailer]),
  ];
  const { stdout } = await git(args, { gitDir, input: text, quiet: true });
  return stdout.toString('utf8');
}

async function sameTree(git: Git, gitDir: string, one: string, other: string): Promise<boolean> {
  const { stdout } = await git(['rev-parse', `${one}^{tree}`, `${other}^{tree}`], { gitDir, quiet: true });
  const [first, second] = stdout.toString().trim().split('\n');
  return first === second;
}

/** A base without a branch of the mirror that leads to it later: only an imported folder's, whose commit has no parents. */
async function isImported(git: Git, gitDir: string, baseCommit: string): Promise<boolean> {
  const { stdout } = await git(['log', '--max-count=1', '--format=%P%x00%ce%x00%ct', baseCommit], { gitDir, quiet: true });
  return stdout.toString('utf8').trim() === '\0astraforge@localhost\u0000946684800';
}
