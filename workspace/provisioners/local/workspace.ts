import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { SupervisorCommand } from '../../../workflows/contracts/supervisor.ts';
import type { TailBatch, Workspace, WorkspaceState } from '../../port.ts';
import { readCounter } from './cgroups.ts';
import { putCommand } from './inbox.ts';
import { readStatus } from './launch.ts';
import { currentBootId, isAlive } from './processes.ts';
import type { WorkspaceRecord } from './record.ts';
import { statSync } from 'node:fs';
import { tailLines } from './tail.ts';

/** An environment entry that every process of a plain workspace inherits. */
export function plainMarker(workspaceId: string): string {
  return `ASTRAFORGE_WORKSPACE=${workspaceId}`;
}

/** A workspace by its folder: any process may hold one, at the same time as others. */
export function openWorkspace(folder: string, record: WorkspaceRecord): Workspace {
  const inbox = join(folder, 'private', 'inbox');
  const events = join(folder, 'private', 'events.jsonl');
  let last: Promise<void> = Promise.resolve();

  async function state(): Promise<WorkspaceState> {
    const reason = brokenLimit(record);
    if (record.bootId === currentBootId() && isAlive(record.init)) return { status: 'running', exitCode: null, reason };
    if (!existsSync(folder)) return { status: 'gone', exitCode: null, reason };
    return { status: 'exited', exitCode: (await readStatus(folder)).exitCode, reason };
  }

  async function put(message: SupervisorCommand): Promise<void> {
    if ((await state()).status !== 'running') throw placeLost(record.workspaceId);
    try {
      // Its owner is whoever the sandbox runs as.
      const { uid } = statSync(inbox);
      await putCommand(inbox, message, process.getuid?.() === uid ? null : uid);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw placeLost(record.workspaceId);
      throw error;
    }
  }

  return {
    workspaceId: record.workspaceId,
    deliver(message) {
      const next = last.then(() => put(message));
      last = next.catch(() => undefined);
      return next;
    },
    tail: (offset: number, signal: AbortSignal): AsyncIterable<TailBatch> =>
      tailLines({
        path: events,
        offset,
        maxBytes: record.outputBytes,
        signal,
        isOver: async () => !(record.bootId === currentBootId() && isAlive(record.init)),
      }),
    state,
  };
}

/** Kernel counters tell what killed the agent even where the supervisor died with it. */
function brokenLimit(record: WorkspaceRecord): WorkspaceState['reason'] {
  if (readCounter(record.memoryEventsFile, 'oom_kill') > 0) return 'agent-memory';
  return readCounter(record.pidsEventsFile, 'max') > 0 ? 'agent-processes' : null;
}

function placeLost(workspaceId: string): DomainError {
  return new DomainError('transient', 'place-lost', `deliver: workspace ${workspaceId} is gone; the next attempt resumes the last save`);
}
