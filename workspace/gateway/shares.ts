/** What a workspace does at once through the door. */
export type Share = 'llm' | 'git' | 'files' | 'egress';

/** Most of each at once, of one workspace: far more than an agent needs, far less than would take the gateway from the others. */
const most: Readonly<Record<Share, number>> = { llm: 16, git: 4, files: 8, egress: 64 };

/** Counts what each workspace has under way. */
export interface Shares {
  /** Takes one of the workspace's; null when it has all of them under way. Give it back once by calling what is answered. */
  take(workspaceId: string, share: Share): (() => void) | null;
}

/** Shares of one gateway process. */
export function createShares(limits: Readonly<Record<Share, number>> = most): Shares {
  const taken = new Map<string, number>();
  return {
    take(workspaceId, share) {
      const key = `${share} ${workspaceId}`;
      const before = taken.get(key) ?? 0;
      if (before >= limits[share]) return null;
      taken.set(key, before + 1);
      let isBack = false;
      return () => {
        if (isBack) return;
        isBack = true;
        const left = (taken.get(key) ?? 1) - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
      };
    },
  };
}
