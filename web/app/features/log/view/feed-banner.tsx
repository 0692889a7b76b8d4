import { LiveRegion } from '~/components/live-region.tsx';
import { useConnection } from '~/lib/live/index.ts';
import type { FeedState } from '../feed/log-feed.ts';
import { feedWords } from './feed-words.ts';

/** What a reader should know about how the log gets here; nothing when it is here and live. */
export function FeedBanner({ state }: { state: FeedState }) {
  const connection = useConnection();
  const words = feedWords(connection, state);
  if (words === null) return null;
  const isWarning = connection !== 'connected' || state.problem !== null;
  return (
    <p className={`border-b px-4 py-1.5 text-xs ${isWarning ? 'bg-warning/10 text-warning' : 'bg-muted text-muted-foreground'}`}>{words}</p>
  );
}

/** Tells screen readers when the connection is lost and when it is back. */
export function FeedNews() {
  const isLost = useConnection() !== 'connected';
  return <LiveRegion message={isLost ? 'The connection is lost. The log goes on by itself when it is back.' : 'The log is live.'} />;
}
