import type { Mirrors } from './mirror.ts';
import { branchRef } from './names.ts';
import { readRef } from './objects.ts';
import { completePaths } from './path-completion.ts';
import type { GitService } from './port.ts';
import { readTip, type RunRepositoryDeps } from './run-repository.ts';
import type { Git } from './run-git.ts';
import { readTree } from './tree.ts';

/** How old the mirror may be before it is brought up to date beside an answer, and how soon a missing branch is looked for again. */
const freshMs = 60_000;
const lookAgainMs = 1_000;
const keptLists = 4;
/** Of a larger repository only so many paths are looked through: each letter that is typed does it again. */
const mostPaths = 200_000;

/**
 * Completes paths of a branch from the mirror. A mirror that has the branch answers at once and is brought up to date beside it,
 * at most once a minute; one that does not have it is fetched first. DomainErrors of a fetch, `unknown-branch`.
 */
export function createPathList(deps: Pick<RunRepositoryDeps, 'git' | 'mirrors'>): GitService['paths'] {
  const fetchedAt = new Map<string, number>();
  /** The lists of the commits that were asked for last: a person types, and each letter asks again. */
  const lists = new Map<string, Promise<string[]>>();

  async function commitOf(input: Parameters<GitService['paths']>[0]): Promise<{ gitDir: string; commit: string }> {
    const gitDir = await deps.mirrors.ensure(input);
    const known = await readRef(deps.git, gitDir, branchRef(input.branch));
    const ageMs = Date.now() - (fetchedAt.get(gitDir) ?? 0);
    const scope = { tenantId: input.tenantId, projectId: input.projectId };
    if (known === null && ageMs > lookAgainMs) {
      await deps.mirrors.fetch(input, input.source, scope);
      fetchedAt.set(gitDir, Date.now());
    } else if (ageMs > freshMs) {
      fetchedAt.set(gitDir, Date.now());
      refresh(deps.mirrors, input, scope);
    }
    return { gitDir, commit: known ?? (await readTip(deps, input)) };
  }

  return async (input) => {
    const { gitDir, commit } = await commitOf(input);
    const key = `${gitDir} ${commit}`;
    const list = lists.get(key) ?? listPaths(deps.git, gitDir, commit);
    lists.delete(key);
    lists.set(key, list);
    for (const old of [...lists.keys()].slice(0, -keptLists)) lists.delete(old);
    try {
      return completePaths(await list, input.query, input.limit);
    } catch (error) {
      lists.delete(key);
      throw error;
    }
  };
}

/** A source that is away now is told at the next submit; completing goes on with what there is. */
function refresh(mirrors: Mirrors, input: Parameters<GitService['paths']>[0], scope: { tenantId: string; projectId: string }): void {
  mirrors.fetch(input, input.source, scope).catch(() => undefined);
}

/** Files and links of a commit; no submodules, and no names that are not UTF-8, which nobody could send back. */
async function listPaths(git: Git, gitDir: string, commit: string): Promise<string[]> {
  const entries = (await readTree(git, gitDir, commit)).slice(0, mostPaths);
  return entries.flatMap(({ type, path }) => (type === 'blob' && !path.includes('\uFFFD') ? [path] : []));
}
