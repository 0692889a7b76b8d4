import { messageOf } from '../../workflows/contracts/errors.ts';
import type { SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import { setupKey } from '../../workspace/gateway/setup/key.ts';
import type { HostDependencies } from './dependencies.ts';
import type { PlaceInput } from './place.ts';

/**
 * Which snapshot of a setup a place may begin with; null where there is no setup, no lock file in its commit, or none are kept here. It
 * may keep one only where all of its files are the base branch's own: an agent's work is in no snapshot.
 */
export async function chooseSnapshot(
  { git, provisioner, settings, logger }: Pick<HostDependencies, 'git' | 'provisioner' | 'settings' | 'logger'>,
  { request, project, runId, workspaceId, prepared, baseCommit, setup, image }: PlaceInput,
): Promise<SupervisorJob['snapshot']> {
  const { snapshots } = settings;
  if (setup === null || snapshots === null) return null;
  try {
    const { tenantId, baseBranch } = request;
    const inputs = await git.setupInputs({ tenantId, projectId: project.projectId, runId, commit: prepared.startCommit, setup });
    if (inputs === null) return null;
    const { machine, maxBytes } = snapshots;
    const key = setupKey({ setup, branch: baseBranch, provisioner: provisioner.name, image: image ?? snapshots.image, machine, inputs });
    return { key, keep: prepared.startCommit === baseCommit, maxBytes };
  } catch (error) {
    // The setup is run instead.
    logger.warn('what decides about a setup was not read', { workspaceId, reason: messageOf(error) });
    return null;
  }
}
