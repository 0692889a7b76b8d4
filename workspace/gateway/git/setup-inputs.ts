import { setupInputs } from '../setup/inputs.ts';
import { commitId, runRepositoryPath } from './names.ts';
import type { GitService } from './port.ts';
import type { Git } from './run-git.ts';
import type { RunRepositoryDeps } from './run-repository.ts';
import { readTree } from './tree.ts';

/** Reads what decides what a setup makes from a commit of a prepared run. */
export async function readSetupInputs(
  { git, runsDir }: Pick<RunRepositoryDeps, 'git' | 'runsDir'>,
  input: Parameters<GitService['setupInputs']>[0],
): Promise<string | null> {
  const gitDir = runRepositoryPath(runsDir, input.runId);
  const commit = commitId(input.commit);
  const entries = await readTree(git, gitDir, commit);
  const packages = entries.filter(({ path, mode }) => mode.startsWith('100') && /(?:^|\/)package\.json$/.test(path)).map(({ id }) => id);
  const runsOwnScripts = await haveInstallScripts(git, gitDir, [...new Set(packages)]);
  const files = entries.map(({ path, mode, id }) => ({ path, mode, blob: id }));
  return setupInputs(files, input.setup, { runsOwnScripts });
}

/** More than that are not looked into: they count as packages with scripts. */
const mostPackages = 1_000;

/** Whether one of the packages has a script that installers run. By their text: a word too many costs a run of the setup. */
async function haveInstallScripts(git: Git, gitDir: string, blobs: readonly string[]): Promise<boolean> {
  if (blobs.length === 0 || blobs.length > mostPackages) return blobs.length > 0;
  const pattern = '"(pre|post)?(install|prepare)"[[:space:]]*:';
  const { exitCode } = await git(['grep', '--quiet', '--text', '-E', '-e', pattern, ...blobs], { gitDir, exitCodes: [0, 1], quiet: true });
  return exitCode === 0;
}
