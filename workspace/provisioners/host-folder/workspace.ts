import { errorCodeOf } from '../../../config/error-code.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { SupervisorCommand } from '../../../workflows/contracts/supervisor.ts';
import type { Workspace, WorkspaceState } from '../../port.ts';
import { putCommand } from './inbox.ts';
import { folderPaths } from './layout.ts';
import { tailLines } from './tail.ts';

/** A place whose private files lie in a folder of this machine, whatever runs in it. */
export interface FolderPlace {
  workspaceId: string;
  folder: string;
  /** Most bytes of its event file. */
  outputBytes: number;
  state(): Promise<WorkspaceState>;
  /** Called once a tail, until `signal` aborts: a question, asked as often as the tail looks, that is true once nobody writes events any more. */
  watchEnd(signal: AbortSignal): () => Promise<boolean>;
}

/** A workspace by its folder: any process may hold one, at the same time as others. */
export function openFolderWorkspace(place: FolderPlace): Workspace {
  const { inboxDir, eventsFile } = folderPaths(place.folder);
  let last: Promise<void> = Promise.resolve();

  async function put(message: SupervisorCommand): Promise<void> {
    if ((await place.state()).status !== 'running') throw placeLost(place.workspaceId);
    try {
      await putCommand(inboxDir, place.folder, message);
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === 'ENOENT') throw placeLost(place.workspaceId);
      if (code === 'ENOTDIR' || code === 'ELOOP')
        throw new DomainError('permanent', 'tampered', `deliver: the inbox of workspace ${place.workspaceId} is no folder; its run ends`);
      throw error;
    }
  }

  return {
    workspaceId: place.workspaceId,
    deliver(message) {
      const next = last.then(() => put(message));
      last = next.catch(() => undefined);
      return next;
    },
    tail: (offset, signal) => tailLines({ path: eventsFile, offset, maxBytes: place.outputBytes, signal, isOver: place.watchEnd(signal) }),
    state: () => place.state(),
  };
}

function placeLost(workspaceId: string): DomainError {
  return new DomainError('transient', 'place-lost', `deliver: workspace ${workspaceId} is gone; the next attempt resumes the last save`);
}
