import { useRevalidator } from '@remix-run/react';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { liveTab } from './browser.ts';
import type { LogEvent, StreamState, TenantChange } from './messages.ts';
import type { OnChanged } from './tab.ts';

export type { LogEvent, TenantChange };

export interface RequestEventsOptions {
  /** Behind which event to begin; read when `requestId` changes. Null: not yet. */
  afterSeq: number | null;
  onEvents: (events: LogEvent[]) => void;
}

/** Follows a request's log while the component is mounted: each event once, in order, in batches; heals by itself. */
export function useRequestEvents(requestId: string, { afterSeq, onEvents }: RequestEventsOptions): void {
  const latest = useLatest(onEvents);
  const from = useRef(afterSeq);
  from.current = afterSeq;
  const isReady = afterSeq !== null;
  useEffect(() => {
    if (!isReady) return;
    return liveTab().subscribe(requestId, from.current ?? 0, (events) => latest.current(events));
  }, [requestId, isReady, latest]);
}

/** Calls back when requests of the tenant moved: which ones, or null after the connection was away, when anything may have. */
export function useTenantChanges(onChanged: OnChanged): void {
  const latest = useLatest(onChanged);
  useEffect(() => liveTab().watchTenant((changes) => latest.current(changes)), [latest]);
}

/** `reconnecting` while the stream is lost; what is shown may be old then. `signed-out` when the session has ended. */
export type Connection = 'connected' | 'reconnecting' | 'signed-out';

/** How the browser's stream is. */
export function useConnection(): Connection {
  const state = useSyncExternalStore<StreamState>(
    (notify) => liveTab().onState(notify),
    () => liveTab().state,
    () => 'idle',
  );
  return state === 'reconnecting' || state === 'signed-out' ? state : 'connected';
}

/** Connects anew at once, for a person who does not want to wait. */
export function reconnect(): void {
  liveTab().tell({ type: 'retry' });
}

/** Changes within this time make one revalidation, in ms. */
const revalidateMs = 400;

/** Loads the page's data anew when requests of the tenant move (or only those that `matters` picks): soon, never twice at once. */
export function useLiveRevalidation(matters: (change: TenantChange) => boolean = () => true): void {
  const revalidator = useRevalidator();
  const latest = useLatest({ revalidator, matters });
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    const attempt = () => {
      timer.current = null;
      const { revalidate, state } = latest.current.revalidator;
      if (state === 'idle') revalidate();
      else timer.current = setTimeout(attempt, revalidateMs);
    };
    const leave = liveTab().watchTenant((changes) => {
      if (changes === null || changes.some((change) => latest.current.matters(change))) timer.current ??= setTimeout(attempt, revalidateMs);
    });
    return () => {
      leave();
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
    };
  }, [latest]);
}

function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value);
  useEffect(() => {
    ref.current = value;
  });
  return ref;
}
