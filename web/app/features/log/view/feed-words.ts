import type { Connection } from '~/lib/live/index.ts';
import type { FeedState } from '../feed/log-feed.ts';

/** The banner's words; null when there is nothing to say. Pure. */
export function feedWords(connection: Connection, { phase, loaded, total, problem }: FeedState): string | null {
  if (connection === 'signed-out') return 'Your session has ended: sign in again to see what is new.';
  if (connection === 'reconnecting') return 'The connection is lost; trying again. No line gets lost.';
  if (problem !== null) return `${problem} Trying again; what is here stays.`;
  if (phase === 'earlier') return `Reading the earlier lines: ${loaded.toLocaleString('en')} of ${total.toLocaleString('en')} events.`;
  return null;
}
