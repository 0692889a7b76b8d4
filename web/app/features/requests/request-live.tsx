import { useRevalidator } from '@remix-run/react';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { LiveRegion } from '~/components/live-region.tsx';
import { emptyTranscript, extend, type Transcript } from '~/features/conversation/transcript.ts';
import { useRequestEvents, useTenantChanges } from '~/lib/live/index.ts';
import type { LogEvent } from '~/lib/log-event.ts';
import { rememberShown } from './client-detail.ts';
import type { RequestData } from './load-detail.ts';
import { createRefresher } from './refresh.ts';
import { announceStage } from './stages.ts';

const refreshAfterMs = 150;
const longestReadMs = 5_000;
/** The agent's words are shown in steps of this, so that a fast stream does not render for each of its pieces. */
const showAfterMs = 60;

/** Events that say that the request's detail is another one now. */
const announcing: ReadonlySet<LogEvent['type']> = new Set([
  'request.stage',
  'request.message',
  'run.started',
  'run.attempt',
  'run.ended',
  'checkpoint.created',
  'exec.completed',
  'message.steered',
  'message.queued',
  'message.delivered',
  'question.asked',
  'question.answered',
  'gate.opened',
  'gate.closed',
  'gate.decision',
  'merge-request.opened',
  'merge-request.updated',
  'merge-request.merged',
  'review.started',
  'review.completed',
]);

const TranscriptContext = createContext<Transcript>(emptyTranscript);
const CutContext = createContext(false);

/** What the log told of the conversation so far; it grows as the agent speaks. */
export function useTranscript(): Transcript {
  return useContext(TranscriptContext);
}

/** True when the transcript lacks a part of its middle. */
export function useIsCut(): boolean {
  return useContext(CutContext);
}

/**
 * Keeps a request's page up to date: follows its log from where the first reading ended, reads the detail anew when something
 * changed, and tells screen readers of each new stage. One request a mount: give it the request's id as key.
 */
export function RequestLive({ data, children }: { data: RequestData; children: ReactNode }) {
  const { detail, history } = data;
  const refresh = useRefresh(data);
  const [first] = useState(() => ({
    transcript: history ? { ...extend(emptyTranscript, history.events), lastSeq: history.lastSeq } : emptyTranscript,
    afterSeq: history?.lastSeq ?? 0,
    isCut: history?.isCut ?? false,
  }));
  const [transcript, take] = useTranscriptState(first.transcript);

  useEffect(() => {
    rememberShown(data);
    return () => rememberShown(null);
  }, [data]);

  useRequestEvents(detail.requestId, {
    afterSeq: first.afterSeq,
    onEvents(events) {
      take(events);
      if (events.some(({ type }) => announcing.has(type))) refresh();
    },
  });
  useTenantChanges((changes) => {
    // Null: the stream was away, and anything may have happened. In the queue it is others whose leaving moves this one on.
    const isInQueue = detail.awaiting?.kind === 'slot';
    if (changes === null || isInQueue || changes.some(({ requestId }) => requestId === detail.requestId)) refresh();
  });

  return (
    <TranscriptContext.Provider value={transcript}>
      <LiveRegion message={announceStage(detail.stage, detail.awaiting?.kind ?? null)} />
      <CutContext.Provider value={first.isCut}>{children}</CutContext.Provider>
    </TranscriptContext.Provider>
  );
}

/**
 * Reads the page's data anew, once for a burst of calls and never twice at a time. A reading is over when the page is idle again or
 * shows other data: React may draw the beginning and the end of one at once, so that neither alone is seen for sure. What is seen in
 * no way (nothing came, and nothing changed) is over after a while.
 */
function useRefresh(data: RequestData): () => void {
  const { revalidate, state } = useRevalidator();
  const latest = useRef(revalidate);
  const whenRead = useRef<(() => void) | null>(null);
  useEffect(() => {
    latest.current = revalidate;
    if (state !== 'idle') return;
    whenRead.current?.();
    whenRead.current = null;
  }, [revalidate, state, data]);
  const refresher = useMemo(
    () =>
      createRefresher(
        () =>
          new Promise((resolve) => {
            whenRead.current = resolve;
            setTimeout(resolve, longestReadMs);
            latest.current();
          }),
        refreshAfterMs,
      ),
    [],
  );
  useEffect(() => () => refresher.stop(), [refresher]);
  return refresher.request;
}

/** The transcript, and a way to extend it that renders at most every `showAfterMs`. */
function useTranscriptState(first: Transcript): [Transcript, (events: readonly LogEvent[]) => void] {
  const [transcript, setTranscript] = useState(first);
  const waiting = useRef<LogEvent[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );

  const [take] = useState(() => (events: readonly LogEvent[]) => {
    waiting.current.push(...events);
    timer.current ??= setTimeout(() => {
      timer.current = null;
      const taken = waiting.current;
      waiting.current = [];
      setTranscript((before) => extend(before, taken));
    }, showAfterMs);
  });
  return [transcript, take];
}
