import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { SupervisorCommand } from '../../../workflows/contracts/supervisor.ts';
import type { Workspace } from '../../port.ts';
import { inside } from '../host-folder/inside.ts';
import { ownPaths } from './layout.ts';
import { createPatience, stateOrAway } from './patience.ts';
import { streamFailure } from './port.ts';
import type { ExecPlace } from './port.ts';
import { runShort } from './run.ts';
import { tailPlace } from './tail.ts';

/** A workspace in a place of its own: every word of it passes through streams, and any process may hold one at the same time as others. */
export function openExecWorkspace(place: ExecPlace, options: { workspaceId: string; outputBytes: number }): Workspace {
  const { workspaceId, outputBytes } = options;
  let last: Promise<void> = Promise.resolve();

  async function put(message: SupervisorCommand): Promise<void> {
    const patience = createPatience();
    for (;;) {
      const now = await stateOrAway(() => place.state());
      if (!(now instanceof DomainError) && now.status !== 'running')
        throw new DomainError(
          'transient',
          'place-lost',
          `deliver: workspace ${workspaceId} is gone; the next attempt resumes the last save`,
        );
      // A repeated delivery is harmless: one whose answer was lost is made again.
      const failure = now instanceof DomainError ? now : await deliverOnce(place, message);
      if (failure === null) return;
      await patience.wait(failure);
    }
  }

  return {
    workspaceId,
    deliver(message) {
      const next = last.then(() => put(message));
      last = next.catch(() => undefined);
      return next;
    },
    tail: (offset, signal) => tailPlace(place, outputBytes, offset, signal),
    state: () => place.state(),
  };
}

/** Null when the command lies in the inbox; else why that is not known. */
async function deliverOnce(place: ExecPlace, message: SupervisorCommand): Promise<DomainError | null> {
  try {
    const stream = await place.open([inside.node, ownPaths.supervisor, '--deliver', inside.privateDir]);
    const { stdout, stderr } = await runShort(stream, JSON.stringify(message));
    if (stdout === 'taken\n') return null;
    return streamFailure(`deliver: the supervisor did not take the message: ${stderr.trim() || 'no answer'}`);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
