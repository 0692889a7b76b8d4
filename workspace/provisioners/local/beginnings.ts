import type { Logger } from '../../../config/logger.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { BegunWorkspace } from './start.ts';

/** Places of this process that were begun before their jobs were known. */
export interface Beginnings {
  has(workspaceId: string): boolean;
  /** Resolves once `stand` is done, well or not. */
  add(workspaceId: string, stand: () => Promise<BegunWorkspace>): Promise<void>;
  /** What was begun of a workspace, no longer as such; null when nothing was, or when that failed. */
  take(workspaceId: string): Promise<BegunWorkspace | null>;
}

/** Remembers what was begun until it is taken. */
export function createBeginnings(logger: Logger): Beginnings {
  const standing = new Map<string, Promise<BegunWorkspace | null>>();
  return {
    has: (workspaceId) => standing.has(workspaceId),
    async add(workspaceId, stand) {
      const begun = stand().catch((error: unknown) => {
        logger.debug('a workspace was not begun', { workspaceId, reason: messageOf(error) });
        return null;
      });
      standing.set(workspaceId, begun);
      await begun;
    },
    take(workspaceId) {
      const begun = standing.get(workspaceId) ?? Promise.resolve(null);
      standing.delete(workspaceId);
      return begun;
    },
  };
}
