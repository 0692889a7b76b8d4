import { DomainError } from '../../../../workflows/contracts/errors.ts';
import type { DockerDaemon } from '../client.ts';
import { dockerFailure, statusOf } from '../failure.ts';
import { newContainerName } from '../names.ts';
import { lookUpDaemon } from '../probe.ts';

/** Longer than its services take to answer; whoever is silent for longer starts nothing any more. */
const longestMs = 5 * 60_000;

/** Whether a container that has not begun has a maker: it ends with that one, unless their connection is not known to be lost yet. Pure. */
export function isBeingStarted(state: { Running: boolean; StartedAt: string }, nowMs: number): boolean {
  return state.Running && nowMs - Date.parse(state.StartedAt) < longestMs;
}

/** DomainError `workspace-busy` while another process starts a workspace: it is theirs, and there with the next try. */
export async function requireUnbegun(daemon: DockerDaemon, installation: string, workspaceId: string): Promise<void> {
  try {
    const { State } = await daemon.docker.getContainer(newContainerName(installation, workspaceId)).inspect();
    if (!isBeingStarted(State, (await lookUpDaemon(daemon)).nowMs)) return;
  } catch (error) {
    if (statusOf(error) === 404) return;
    throw dockerFailure('workspace', error, daemon.address);
  }
  throw new DomainError('transient', 'workspace-busy', `workspace: another process starts ${workspaceId}; the next try finds it`);
}
