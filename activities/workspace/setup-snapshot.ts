import { messageOf } from '../../workflows/contracts/errors.ts';
import type { SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import { setupKey } from '../../workspace/gateway/setup/key.ts';
import type { HostDependencies } from './dependencies.ts';
import { egressOf, type PlaceRecipe } from './place-spec.ts';

/**
 * Which snapshot of a setup a place may begin with, and keep where there is none; null where there is no setup, no lock file in its commit,
 * or none are kept here. None where an agent's work is checked out (checks, follow-ups): a file that it committed where the setup writes
 * would survive a snapshot, but not the setup. None with services either: what a setup writes into them is in no snapshot.
 */
export async function chooseSnapshot(
  { git, provisioner, settings, logger }: Pick<HostDependencies, 'git' | 'provisioner' | 'settings' | 'logger'>,
  { request, project, runId, workspaceId, prepared, baseCommit, setup, image, services }: PlaceRecipe,
): Promise<SupervisorJob['snapshot']> {
  const { snapshots } = settings;
  if (setup === null || snapshots === null || services.length > 0 || prepared.startCommit !== baseCommit) return null;
  try {
    const { tenantId, baseBranch } = request;
    const inputs = await git.setupInputs({ tenantId, projectId: project.projectId, runId, commit: baseCommit, setup });
    if (inputs === null) return null;
    const { machine, maxBytes } = snapshots;
    const egress = egressOf(settings, project);
    const place = { provisioner: provisioner.name, image: image ?? snapshots.image, machine, egress };
    const key = setupKey({ setup, branch: baseBranch, inputs, ...place });
    return { key, maxBytes };
  } catch (error) {
    // The setup is run instead.
    logger.warn('what decides about a setup was not read', { workspaceId, reason: messageOf(error) });
    return null;
  }
}
