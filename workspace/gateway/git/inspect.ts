import { folderBranch, requireFolder } from './import-folder.ts';
import type { RepositorySource } from './port.ts';
import { remoteFailure } from './remote-errors.ts';
import { emptyRepository } from './run-repository.ts';
import type { Git } from './run-git.ts';
import { checkSource, originConfig } from './source.ts';

const inspectTimeoutMs = 60_000;

/** Heads of a source and the branch that it names as its default. */
export interface Inspection {
  defaultBranch: string;
  branches: string[];
}

/** Asks the source for its heads. DomainErrors of `remoteFailure`, `empty-repository`. */
export async function inspect(git: Git, source: RepositorySource, allowPaths: boolean): Promise<Inspection> {
  const checked = checkSource(source, allowPaths);
  if (checked.kind === 'folder') {
    await requireFolder(checked.path);
    return { defaultBranch: folderBranch, branches: [folderBranch] };
  }
  const { stdout, stderr, exitCode } = await git(['ls-remote', '--symref', 'origin', 'HEAD', 'refs/heads/*'], {
    config: originConfig(checked.url),
    timeoutMs: inspectTimeoutMs,
    exitCodes: 'any',
  });
  if (exitCode !== 0) throw remoteFailure('inspect', stderr);
  const found = parseHeads(stdout.toString('utf8'));
  if (!found) throw emptyRepository();
  return found;
}

/** Parses `git ls-remote --symref`; null without a branch. A detached HEAD falls back to a usual name, then to a branch at its commit. */
function parseHeads(output: string): Inspection | null {
  const heads = new Map<string, string>();
  let symbolic: string | null = null;
  let detached: string | null = null;
  for (const line of output.split('\n')) {
    const [left = '', name = ''] = line.split('\t');
    if (left.startsWith('ref: refs/heads/') && name === 'HEAD') symbolic = left.slice('ref: refs/heads/'.length);
    else if (name === 'HEAD') detached = left;
    else if (name.startsWith('refs/heads/')) heads.set(name.slice('refs/heads/'.length), left);
  }
  const branches = [...heads.keys()];
  const [first] = branches;
  if (first === undefined) return null;
  const atHead = branches.filter((branch) => heads.get(branch) === detached);
  const usual = ['main', 'master', 'trunk'];
  const candidates = symbolic === null ? [...usual.filter((name) => atHead.includes(name)), ...atHead, ...usual] : [symbolic, ...usual];
  return { defaultBranch: candidates.find((branch) => heads.has(branch)) ?? first, branches };
}
