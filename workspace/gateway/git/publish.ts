import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { Checkpoints } from './checkpoints.ts';
import { branchRef, commitId } from './names.ts';
import type { GitService } from './port.ts';
import { remoteFailure } from './remote-errors.ts';
import type { Git } from './run-git.ts';
import { checkSource, originConfig } from './source.ts';

export interface PublishDeps {
  git: Git;
  checkpoints: Checkpoints;
  allowPaths: boolean;
}

const pushTimeoutMs = 10 * 60_000;

/**
 * Pushes exactly the commit, leasing against what we pushed last. A branch that is at the commit already is success.
 * DomainErrors `remote-moved`, `push-rejected`, and those of `remoteFailure`.
 */
export async function publish(deps: PublishDeps, input: Parameters<GitService['publish']>[0]): Promise<{ commit: string }> {
  const commit = commitId(input.commit);
  const expected = input.expected === null ? '' : commitId(input.expected);
  const ref = branchRef(input.branch);
  const source = checkSource(input.source, deps.allowPaths);
  if (source.kind === 'folder') {
    throw new DomainError('permanent', 'not-publishable', 'publish: the project is a folder without git; download the patch instead');
  }
  const gitDir = await deps.checkpoints.at(input);
  const { stdout, stderr, exitCode } = await deps.git(
    ['push', '--porcelain', '--no-verify', `--force-with-lease=${ref}:${expected}`, 'origin', `${commit}:${ref}`],
    {
      gitDir,
      config: originConfig(source.url),
      timeoutMs: pushTimeoutMs,
      exitCodes: 'any',
      scope: { tenantId: input.tenantId, projectId: input.projectId, runId: input.runId },
    },
  );
  if (exitCode === 0) return { commit };
  const refusal = parseRefusal(stdout.toString('utf8'), ref);
  if (refusal === null) throw remoteFailure('publish', stderr);
  // Two publishers of the same commit may meet: the loser finds its work done.
  const actual = await remoteTip(deps.git, source.url, ref);
  if (actual === commit) return { commit };
  throw refused(refusal, { branch: input.branch, expected: input.expected, actual, stderr });
}

/** The reason in `git push --porcelain` for which the ref was refused; null when it was not about the ref. */
function parseRefusal(output: string, ref: string): string | null {
  const line = output.split('\n').find((candidate) => candidate.startsWith('!\t') && candidate.split('\t')[1]?.endsWith(`:${ref}`));
  return line?.split('\t')[2] ?? null;
}

function refused(reason: string, details: { branch: string; expected: string | null; actual: string | null; stderr: string }): DomainError {
  const moved = /stale info|non-fast-forward|fetch first|failed to update ref|cannot lock ref|remote ref updated/i.test(reason);
  if (moved || details.actual !== details.expected) {
    const found = details.actual === null ? 'it does not exist there' : `it is at ${details.actual} there`;
    return new DomainError(
      'permanent',
      'remote-moved',
      `publish: somebody else changed branch ${details.branch}: ${found}; look at their commits, then answer with a follow-up or choose another branch`,
      { details },
    );
  }
  return new DomainError(
    'permanent',
    'push-rejected',
    `publish: the repository refused branch ${details.branch}: ${reason}; change its rules or AstraForge's rights there`,
    { details },
  );
}

async function remoteTip(git: Git, url: string, ref: string): Promise<string | null> {
  const { stdout, stderr, exitCode } = await git(['ls-remote', 'origin', ref], { config: originConfig(url), exitCodes: 'any' });
  if (exitCode !== 0) throw remoteFailure('publish', stderr);
  const line = stdout
    .toString('utf8')
    .split('\n')
    .find((candidate) => candidate.endsWith(`\t${ref}`));
  return line?.split('\t')[0] ?? null;
}
