import { useEffect, useState, useSyncExternalStore } from 'react';
import { useRequestEvents } from '~/lib/live/index.ts';
import { createBrowserFeed, nextTurn, type LogSource } from '../feed/browser-feed.ts';
import { LogReader } from './log-reader.ts';

/**
 * Opens a log: its newest lines first, its history behind that, then what comes live. Null until the browser is there. For one
 * source in a component's life: give the component a `key` of it.
 */
export function useLogReader({ requestId, runId }: LogSource): LogReader | null {
  const [reader, setReader] = useState<LogReader | null>(null);
  const [followFrom, setFollowFrom] = useState<number | null>(null);

  useEffect(() => {
    const feed = createBrowserFeed({ requestId, runId });
    const opened = new LogReader({ feed, schedule: beforePaint, pause: nextTurn, now: () => performance.now() });
    const leave = feed.subscribe(() => {
      // From the newest page on the stream is followed, while the history is still read.
      if (feed.state.phase === 'earlier' || feed.state.phase === 'complete') setFollowFrom(feed.state.total);
    });
    setReader(opened);
    void feed.load();
    return () => {
      leave();
      feed.stop();
      opened.dispose();
    };
  }, [requestId, runId]);

  useRequestEvents(requestId, {
    afterSeq: followFrom,
    onEvents: (events) => reader?.feed.push(runId === null ? events : events.filter((event) => event.runId === runId)),
  });

  return reader;
}

/** Draws anew when anything of the log or of its reader changed; answers a number that is another one then. */
export function useReaderRevision(reader: LogReader): number {
  return useSyncExternalStore(reader.subscribe, () => reader.revision);
}

function beforePaint(flush: () => void): void {
  requestAnimationFrame(flush);
}
