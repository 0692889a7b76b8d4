/** The turns that this process watches, by workspace. */
export interface WatchRegistry {
  /** Registers a watcher until the returned function is called. */
  enter(workspaceId: string): WatchHandle;
  /** Whether somebody in this process tails the workspace. */
  has(workspaceId: string): boolean;
  /** Resolves once the command ended and what it saved is stored, or when the watcher leaves. */
  commandDone(workspaceId: string, messageId: string): Promise<void>;
}

export interface WatchHandle {
  done(messageId: string): void;
  leave(): void;
}

interface Watch {
  finished: Set<string>;
  waiters: Map<string, () => void>;
}

/** A registry for one process. A workspace that is watched twice keeps its latest watcher. */
export function createWatchRegistry(): WatchRegistry {
  const watches = new Map<string, Watch>();
  return {
    enter(workspaceId) {
      const watch: Watch = { finished: new Set(), waiters: new Map() };
      watches.set(workspaceId, watch);
      return {
        done: (messageId) => {
          watch.finished.add(messageId);
          watch.waiters.get(messageId)?.();
        },
        leave: () => {
          if (watches.get(workspaceId) === watch) watches.delete(workspaceId);
          for (const wake of watch.waiters.values()) wake();
        },
      };
    },
    has: (workspaceId) => watches.has(workspaceId),
    commandDone(workspaceId, messageId) {
      const watch = watches.get(workspaceId);
      if (!watch || watch.finished.has(messageId)) return Promise.resolve();
      return new Promise((resolve) => watch.waiters.set(messageId, resolve));
    },
  };
}
