import { DomainError, secretInChange } from '../../../workflows/contracts/errors.ts';
import { storeBundle, withBundle } from './bundle.ts';
import { gitDate, headerText, logFormat, maxKeptCommits, parseLog, planCommits, planSingle, trailersOf } from './commit-plan.ts';
import type { CommitPlan, PlannedCommit, RawCommit } from './commit-plan.ts';
import { readStat } from './diff.ts';
import { importCommitter } from './import-folder.ts';
import { fingerprint, runRefs } from './names.ts';
import { isAncestor, readRefs, writeRefs } from './objects.ts';
import type { CommitIdentity, FinalisedCommit, GitService } from './port.ts';
import { openRun } from './run-repository.ts';
import type { RunRepositoryDeps } from './run-repository.ts';
import { lastLine } from './run-git.ts';
import type { Git, GitScope } from './run-git.ts';

type FinaliseInput = Parameters<GitService['finalise']>[0];

/** Re-creates base..tip under the identity, proves and stores its bundle. The same input gives the same commit. */
export async function finalise(deps: RunRepositoryDeps, input: FinaliseInput): Promise<FinalisedCommit> {
  const { git } = deps;
  const { baseCommit } = input;
  const gitDir = await openRun(deps, { ...input, commit: input.tipCommit });
  const scope: GitScope = { tenantId: input.tenantId, projectId: input.projectId, runId: input.runId };
  if (input.tipCommit === baseCommit) return unchangedResult(baseCommit);
  const [base, tip] = await readLog(git, gitDir, [baseCommit, input.tipCommit], 'these');
  if (!base || !tip) throw new DomainError('permanent', 'unknown-commit', 'finalise: base and tip cannot be read; run the turn again');
  // The tip's tree is the final commit's, whatever becomes of the history.
  const unchanged = base.tree === tip.tree;
  const commit = await finalCommit(deps, { gitDir, base, tip, scope, input });
  if (commit === baseCommit) return unchangedResult(baseCommit);
  // An imported folder may have changed since: nothing could give its commit again.
  const includeBase = base.committer === importCommitter && base.parents.length === 0;
  const bundled = withBundle(git, { gitDir, baseCommit, commit, includeBase, scope }, (file) => {
    const prove = () => deps.checkpoints.prove(input, { file, baseCommit, commit });
    return storeBundle(deps.artifacts, { tenantId: input.tenantId, file, prove });
  });
  const [stat, bundleArtifactId] = await Promise.all([readStat(git, gitDir, baseCommit, commit), bundled]);
  return { commit, baseCommit, unchanged, stat, bundleArtifactId };
}

function unchangedResult(baseCommit: string): FinalisedCommit {
  return { commit: baseCommit, baseCommit, unchanged: true, stat: { files: 0, insertions: 0, deletions: 0 }, bundleArtifactId: null };
}

interface FinalWork {
  gitDir: string;
  base: RawCommit;
  tip: RawCommit;
  scope: GitScope;
  input: FinaliseInput;
}

/** Makes the commits once: the outcome is kept under a ref named by the input, since a signature may differ each time. */
async function finalCommit(deps: RunRepositoryDeps, work: FinalWork): Promise<string> {
  const { git } = deps;
  const { gitDir, tip, input } = work;
  const { baseCommit, message, identity, atMs } = input;
  const doneRef = `refs/astraforge/done/${fingerprint({ baseCommit, tip: tip.id, message, identity, atMs })}`;
  const known = await readRefs(git, gitDir, [doneRef, runRefs.finalised]);
  const done = known.get(doneRef);
  if (done !== undefined) {
    // The project may have got a secret since.
    await deps.guardChange(input, { gitDir, baseCommit, commit: done });
    return done;
  }
  const commit = await guardedCommits(deps, work, known.get(runRefs.finalised) ?? null);
  await writeRefs(git, gitDir, { [doneRef]: commit, ...(commit === baseCommit ? {} : { [runRefs.finalised]: commit }) });
  return commit;
}

/**
 * Makes the commits, which no ref names before they are found fit to keep. A history in which only an earlier commit or a message
 * holds a secret becomes one commit: what was taken out again is not published, and taking it out is enough.
 */
async function guardedCommits(deps: RunRepositoryDeps, work: FinalWork, finalised: string | null): Promise<string> {
  const { git } = deps;
  const { gitDir, base, tip, input, scope } = work;
  const { baseCommit, identity, atMs } = input;

  async function make(plan: CommitPlan): Promise<string> {
    const commit = await createCommits(git, { gitDir, plan, tip: tip.id, identity, atMs, scope });
    await deps.guardChange(input, { gitDir, baseCommit, commit });
    return commit;
  }

  try {
    return await make(await readPlan(git, work, finalised));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== secretInChange) throw error;
    const standsOnFinalised = finalised !== null && (await isAncestor(git, gitDir, finalised, tip.id));
    const parent = standsOnFinalised ? finalised : base.id;
    return make(planSingle({ baseCommit: parent, message: input.message, atMs, commits: [], tip }));
  }
}

async function readPlan(git: Git, work: FinalWork, finalised: string | null): Promise<CommitPlan> {
  const { gitDir, base, tip, input } = work;
  const plan = { baseCommit: base.id, message: input.message, atMs: input.atMs };
  // What was finalised before is what was approved and published: it stays as it is.
  const excluded = [base.id, ...(finalised === null ? [] : [finalised])].map((id) => `^${id}`);
  const [onBase, commits] = await Promise.all([
    isAncestor(git, gitDir, base.id, tip.id),
    readLog(git, gitDir, ['--topo-order', `--max-count=${maxKeptCommits + 1}`, tip.id, ...excluded], 'newest first'),
  ]);
  if (!onBase || commits.length > maxKeptCommits) return planSingle({ ...plan, commits: [], tip });
  const outside = tip.parents.filter((parent) => parent !== base.id && !commits.some(({ id }) => id === parent));
  const outer = outside.length === 0 ? [] : await readLog(git, gitDir, outside, 'these');
  return planCommits({ ...plan, commits: commits.reverse(), outerTrees: new Map([base, ...outer].map(({ id, tree }) => [id, tree])) });
}

/** `these`: the named commits alone, in their order; else whatever the revisions reach. */
async function readLog(git: Git, gitDir: string, revisions: readonly string[], what: 'these' | 'newest first'): Promise<RawCommit[]> {
  const walk = what === 'these' ? ['--no-walk=unsorted'] : [];
  const args = ['log', '-z', ...walk, '--date=raw', '--encoding=UTF-8', `--format=${logFormat}`, ...revisions];
  const { stdout } = await git(args, { gitDir, quiet: true });
  return parseLog(stdout.toString('utf8'));
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
