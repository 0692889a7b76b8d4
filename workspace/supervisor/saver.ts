import { messageOf } from '../../workflows/contracts/errors.ts';
import type { AgentDriver, Emit } from '../executors/port.ts';
import type { GatewayFiles } from './gateway-files.ts';
import { readInside } from '../executors/read-inside.ts';
import type { Git } from './git/run-git.ts';
import { pushCommit, takeSnapshot } from './git/snapshot.ts';
import type { Snapshot, SnapshotOptions } from './git/snapshot.ts';

export interface Saved {
  commit: string | null;
  sessionArtifactId: string | null;
  warnings: string[];
}

export interface Saver {
  /** Work tree (unless `withTree` is false) and session, pushed to `ref`. */
  checkpoint(options: { withTree: boolean; ref: string }): Promise<Saved>;
  /** The same to `astraforge/save`, with its event; nothing when nothing changed since the last one, unless `always`. */
  save(options: { always: boolean }): Promise<void>;
}

/** Stores the state of the work, one at a time. */
export function createSaver(deps: {
  git: Git;
  remoteUrl: string;
  snapshot: () => SnapshotOptions;
  driver: AgentDriver | null;
  homeDir: string;
  files: GatewayFiles;
  emit: Emit;
  sync(): void;
}): Saver {
  let last: Promise<unknown> = Promise.resolve();
  let savedCommit: string | null = null;
  let lastSnapshot: Snapshot | null = null;

  function serial<T>(step: () => Promise<T>): Promise<T> {
    const next = last.then(step, step);
    last = next.catch(() => undefined);
    return next;
  }

  async function snapshot(): Promise<Snapshot> {
    lastSnapshot = await takeSnapshot(deps.git, deps.snapshot(), lastSnapshot);
    return lastSnapshot;
  }

  async function storeSession(warnings: string[]): Promise<string | null> {
    const path = (await deps.driver?.sessionFile()) ?? null;
    if (path === null) return null;
    const content = await readInside(deps.homeDir, path);
    const lost = (why: string) => void warnings.push(`the session of the agent ${why}: the next turn starts without it`);
    if (!content) {
      lost('could not be read');
      return null;
    }
    // The work counts without it.
    return deps.files.uploadSession(content).catch((error: unknown) => {
      lost(`could not be stored (${messageOf(error)})`);
      return null;
    });
  }

  return {
    checkpoint: ({ withTree, ref }) =>
      serial(async () => {
        const taken = withTree ? await snapshot() : null;
        const warnings = taken?.warnings ?? [];
        const [sessionArtifactId] = await Promise.all([
          storeSession(warnings),
          taken ? pushCommit(deps.git, deps.remoteUrl, taken.commit, ref) : undefined,
        ]);
        return { commit: taken?.commit ?? null, sessionArtifactId, warnings };
      }),
    save: ({ always }) =>
      serial(async () => {
        const { commit, warnings } = await snapshot();
        if (commit === savedCommit && !always) return;
        const [sessionArtifactId] = await Promise.all([
          storeSession(warnings),
          pushCommit(deps.git, deps.remoteUrl, commit, 'refs/heads/astraforge/save'),
        ]);
        savedCommit = commit;
        deps.emit('saved', { commit, sessionArtifactId, threadId: deps.driver?.threadId() ?? null });
        deps.sync();
      }),
  };
}
