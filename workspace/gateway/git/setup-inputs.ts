import { setupInputs } from '../setup/inputs.ts';
import { commitId, runRepositoryPath } from './names.ts';
import type { GitService } from './port.ts';
import type { RunRepositoryDeps } from './run-repository.ts';
import { readTree } from './tree.ts';

/** Reads what decides what a setup makes from a commit of a prepared run. */
export async function readSetupInputs(
  { git, runsDir }: Pick<RunRepositoryDeps, 'git' | 'runsDir'>,
  input: Parameters<GitService['setupInputs']>[0],
): Promise<string | null> {
  const entries = await readTree(git, runRepositoryPath(runsDir, input.runId), commitId(input.commit));
  const files = entries.map(({ path, mode, id }) => ({ path, mode, blob: id }));
  return setupInputs(files, input.setup);
}
