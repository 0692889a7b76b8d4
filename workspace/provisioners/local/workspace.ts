import { existsSync } from 'node:fs';
import type { Workspace, WorkspaceState } from '../../port.ts';
import { openFolderWorkspace } from '../host-folder/workspace.ts';
import { readCounter } from './cgroups.ts';
import { readStatus } from './launch.ts';
import { currentBootId, isAlive } from './processes.ts';
import type { WorkspaceRecord } from './record.ts';

/** An environment entry that every process of a plain workspace inherits. */
export function plainMarker(workspaceId: string): string {
  return `ASTRAFORGE_WORKSPACE=${workspaceId}`;
}

/** A workspace whose first process is known by its record. */
export function openWorkspace(folder: string, record: WorkspaceRecord): Workspace {
  const runs = (): boolean => record.bootId === currentBootId() && isAlive(record.init);

  async function state(): Promise<WorkspaceState> {
    const reason = brokenLimit(record);
    if (runs()) return { status: 'running', exitCode: null, reason };
    if (!existsSync(folder)) return { status: 'gone', exitCode: null, reason };
    return { status: 'exited', exitCode: (await readStatus(folder)).exitCode, reason };
  }

  return openFolderWorkspace({
    workspaceId: record.workspaceId,
    folder,
    outputBytes: record.outputBytes,
    state,
    watchEnd: () => () => Promise.resolve(!runs()),
  });
}

/** Kernel counters tell what killed the agent even where the supervisor died with it. */
function brokenLimit(record: WorkspaceRecord): WorkspaceState['reason'] {
  if (readCounter(record.memoryEventsFile, 'oom_kill') > 0) return 'agent-memory';
  return readCounter(record.pidsEventsFile, 'max') > 0 ? 'agent-processes' : null;
}
