import type { LogEvent } from '../../workflows/contracts/events.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { waits } from '../limits.ts';
import type { MessageResult } from '../schemas/requests.ts';
import type { Listener } from '../streams/hub.ts';

type Disposition = MessageResult['disposition'];

/** What an event says about a message; null for nothing. */
function dispositionIn(event: Pick<LogEvent, 'type' | 'data'>, messageId: string): Disposition | null {
  if (event.type !== 'message.steered' && event.type !== 'message.queued') return null;
  if ((event.data as { messageId: string }).messageId !== messageId) return null;
  return event.type === 'message.steered' ? 'steered' : 'queued';
}

/** Waits in the run log for how a message reached the agent; `accepted` when nothing is known within 2 s. */
export async function awaitDisposition(
  deps: Pick<ApiDependencies, 'hub'>,
  of: { tenantId: string; requestId: string; messageId: string; afterSeq: number },
  waitMs: number = waits.dispositionMs,
): Promise<Disposition> {
  let isOver = false;
  let leave: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const known = new Promise<Disposition>((resolve) => {
    timer = setTimeout(() => resolve('accepted'), waitMs);
    const listener: Listener = {
      seq: of.afterSeq,
      take(batch) {
        for (const frame of batch.frames) {
          const disposition = dispositionIn(frame.event, of.messageId);
          if (disposition !== null) resolve(disposition);
        }
      },
    };
    leave = () => deps.hub.leave(of.tenantId, of.requestId, listener);
    // Joining may end after the wait is over; a log that cannot be read tells nothing of a message that was delivered.
    deps.hub
      .join(of.tenantId, of.requestId, listener, () => Promise.resolve(!isOver))
      .then(
        () => isOver && leave(),
        () => resolve('accepted'),
      );
  });
  try {
    return await known;
  } finally {
    isOver = true;
    clearTimeout(timer);
    leave();
  }
}
