import { messageOf } from '../../workflows/contracts/errors.ts';
import type { HostDependencies } from './dependencies.ts';

/** Ends places side by side. One that cannot be ended is named in the log and keeps none of the others. Returns how many ended. */
export async function endPlaces(deps: Pick<HostDependencies, 'provisioner' | 'logger'>, workspaceIds: readonly string[]): Promise<number> {
  const ended = await Promise.all(
    workspaceIds.map(async (workspaceId) => {
      try {
        await deps.provisioner.destroy(workspaceId);
        return true;
      } catch (error) {
        deps.logger.warn('a workspace was not ended; the host tries again', { workspaceId, reason: messageOf(error) });
        return false;
      }
    }),
  );
  return ended.filter(Boolean).length;
}
