import type { Logger } from '../../config/logger.ts';
import { closeWorkspaces } from '../../db/workspace-places.ts';
import { getWorkspace, idleWorkspace, type WorkspaceRow } from '../../db/workspaces.ts';
import type { WorkspaceActivities } from '../../workflows/contracts/activities.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { GitService } from '../../workspace/gateway/git/port.ts';
import type { HostDependencies } from './dependencies.ts';

/**
 * Lays a workspace aside for follow-ups or destroys it (contracts/activities.ts, `releaseWorkspace`). The run's repository stays: it is
 * the next attempt's too, which may have begun by now; the end of the run removes it.
 */
export function createRelease(deps: HostDependencies): WorkspaceActivities['releaseWorkspace'] {
  return async ({ workspace: ref, mode }) => {
    const row = await deps.database.asHousekeeper((tx) => getWorkspace(tx, ref.workspaceId));
    // A later run has taken it over: not ours to release any more.
    if (row?.state === 'active' && row.runId !== null && row.runId !== ref.runId) return;
    if (row !== null && mode === 'idle' && (await isRunning(deps, ref.workspaceId))) {
      await deps.database.withTenant(row.tenantId, (tx) => idleWorkspace(tx, ref.workspaceId, deps.settings.idleWorkspaceMs));
      return;
    }
    if (row !== null) await deps.database.withTenant(row.tenantId, (tx) => closeWorkspaces(tx, [ref.workspaceId]));
    await deps.provisioner.destroy(ref.workspaceId);
  };
}

interface Dropping {
  git: Pick<GitService, 'dropRun'>;
  logger: Logger;
}

/** Removes a run's repository; its work is in the artifact store. What cannot be removed now costs disk only. */
export async function dropRepository(deps: Dropping, runId: string): Promise<void> {
  try {
    await deps.git.dropRun(runId);
  } catch (error) {
    deps.logger.warn('a run repository was not removed', { runId, reason: messageOf(error) });
  }
}

/** The repository that a workspace without a request was made from is its own: one that ended while it was made may have left it. */
export async function dropOwnRepository(
  deps: Dropping,
  { workspaceId, requestId }: Pick<WorkspaceRow, 'workspaceId' | 'requestId'>,
): Promise<void> {
  if (requestId === null) await dropRepository(deps, workspaceId);
}

async function isRunning(deps: HostDependencies, workspaceId: string): Promise<boolean> {
  const workspace = await deps.provisioner.adopt(workspaceId);
  return workspace !== null && (await workspace.state()).status === 'running';
}
