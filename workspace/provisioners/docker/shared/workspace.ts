import { existsSync } from 'node:fs';
import type { DomainError } from '../../../../workflows/contracts/errors.ts';
import type { Workspace, WorkspaceState } from '../../../port.ts';
import { createPatience } from '../../exec-place/patience.ts';
import { openFolderWorkspace } from '../../host-folder/workspace.ts';
import { dockerFailure, statusOf } from '../failure.ts';
import type { DockerDaemon } from '../client.ts';
import { lifeOf } from '../containers.ts';
import type { ContainerRecord } from './record.ts';

/** How long a daemon may be away before whoever watches is told: the agent itself works on without it. */
const awayMs = 30_000;

/** A workspace whose supervisor is the first program of a container of this machine. */
export function openContainer(daemon: DockerDaemon, name: string, folder: string, record: ContainerRecord): Workspace {
  async function state(): Promise<WorkspaceState> {
    const life = await lifeOf(daemon, name);
    if (life?.running) return { status: 'running', exitCode: null, reason: null };
    const reason = life?.outOfMemory ? 'agent-memory' : null;
    return { status: existsSync(folder) ? 'exited' : 'gone', exitCode: life?.exitCode ?? null, reason };
  }

  const { workspaceId, outputBytes } = record;
  return openFolderWorkspace({ workspaceId, folder, outputBytes, state, watchEnd: (signal) => watchEnd(daemon, name, signal) });
}

/**
 * One question to the daemon that it answers when the container ends, asked again when the daemon was away. Once it was away for `patienceMs`
 * whoever asks is told, by DomainErrors of `dockerFailure`.
 */
export function watchEnd(daemon: DockerDaemon, name: string, signal: AbortSignal, patienceMs = awayMs): () => Promise<boolean> {
  const away = createPatience(patienceMs);
  let over = false;
  let failure: DomainError | null = null;

  async function follow(): Promise<void> {
    while (!over && !signal.aborted) {
      const beganMs = Date.now();
      try {
        await daemon.docker.getContainer(name).wait({ condition: 'not-running', abortSignal: signal });
        over = true;
      } catch (error) {
        if (signal.aborted) return;
        over = statusOf(error) === 404;
        // A daemon that held a question for so long was there: that it broke off is an outage of its own.
        if (Date.now() - beganMs > patienceMs) away.reset();
        if (!over) await away.wait(dockerFailure('watch', error, daemon.address));
      }
    }
  }
  follow().catch((error: DomainError) => void (failure = error));
  return async () => {
    if (failure) throw failure;
    return over;
  };
}
