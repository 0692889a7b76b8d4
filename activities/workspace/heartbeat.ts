import { Context } from '@temporalio/activity';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { heartbeatEveryMs } from './dependencies.ts';

/** Heartbeats from a timer while `work` runs, with what `details` says, so that a silent agent is not a dead activity. */
export async function withHeartbeat<T>(details: () => unknown, work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), heartbeatEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Why an activity was asked to stop. `cancelled`: the workflow wants its work ended. `shutdown`: this process stops.
 * `replaced`: the server gave up on this attempt (time-out, reset, or it no longer knows it): another one goes on, so nothing
 * may be destroyed.
 */
export type StopCause = 'cancelled' | 'shutdown' | 'replaced';

/** Reads the cause off the reason of the activity's cancellation signal. */
export function stopCause(reason: unknown): StopCause {
  const message = messageOf(reason);
  if (message === 'WORKER_SHUTDOWN') return 'shutdown';
  return message === 'CANCELLED' ? 'cancelled' : 'replaced';
}
