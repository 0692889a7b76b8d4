import type { ProjectRow } from '../../db/projects.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import type { RepositorySource } from '../../workspace/gateway/git/port.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { waits } from '../limits.ts';
import { refuse } from '../problem.ts';

type Deps = Pick<ApiDependencies, 'repositories' | 'checkProjectFile' | 'logger'>;

/** Looks at a repository; DomainErrors of the gateway, or `gateway-unavailable` when it does not answer in time. */
export async function inspectRepository(deps: Deps, source: RepositorySource): Promise<{ defaultBranch: string; branches: string[] }> {
  return within(waits.inspectMs, deps.repositories.inspect(source));
}

/** Paths of a branch that fit some letters; DomainErrors of the gateway, `unknown-branch`, `gateway-unavailable`. */
export async function completeFiles(
  deps: Deps,
  project: ProjectRow,
  { query, ref, limit }: { query: string; ref?: string; limit: number },
): Promise<{ items: string[]; more: boolean }> {
  const { tenantId, projectId, repositoryKind: kind, repositoryUrl: url } = project;
  const branch = kind === 'folder' ? project.defaultBranch : (ref ?? project.defaultBranch);
  return within(waits.inspectMs, deps.repositories.paths({ tenantId, projectId, source: { kind, url }, branch, query, limit }));
}

/**
 * Refuses a submit whose repository does not clone, whose base branch is not there, or whose `.astraforge.yml` is broken. A
 * gateway that is away refuses nothing: the run waits for it and finds out.
 */
export async function checkRepository(deps: Deps, project: ProjectRow, baseBranch: string): Promise<void> {
  const source: RepositorySource = { kind: project.repositoryKind, url: project.repositoryUrl };
  try {
    const { branches } = await inspectRepository(deps, source);
    if (project.repositoryKind === 'git') checkBranch(branches, baseBranch);
    const { tenantId, projectId } = project;
    const text = await deps.repositories.projectFile?.({ tenantId, projectId, source, branch: baseBranch });
    if (typeof text === 'string') deps.checkProjectFile(text);
  } catch (error) {
    if (isAboutRepository(error)) throw error;
    deps.logger.warn('repository not checked at submit', { projectId: project.projectId, error: messageOf(error) });
  }
}

/** DomainError `unknown-branch`. */
export function checkBranch(branches: string[], branch: string): void {
  if (branches.includes(branch)) return;
  const some = branches.slice(0, 10).join(', ');
  throw refuse('unknown-branch', `The repository has no branch ${branch}; it has ${some}${branches.length > 10 ? ', …' : ''}.`);
}

/** Failures that the sender can mend: everything permanent, and a repository that is out of reach now. */
function isAboutRepository(error: unknown): boolean {
  return error instanceof DomainError && (error.kind === 'permanent' || error.code === 'repository-unreachable');
}

async function within<T>(timeoutMs: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DomainError('transient', 'gateway-unavailable', 'The gateway did not look at the repository in time; try again.')),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([call, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
