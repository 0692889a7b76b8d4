import { useCallback, useEffect, useRef, useState } from 'react';
import { browserApi, outcome, type Schemas } from '~/lib/api.ts';
import { useTenantChanges } from '~/lib/live/index.ts';

/** A request that waits for a person. */
export interface WaitingRequest {
  requestId: string;
  title: string;
  kind: NonNullable<Schemas['RequestSummary']['awaiting']>['kind'];
}

/** What an overview says about waiting requests, as far as the frame shows it. */
export function waitingOf({ waiting }: Pick<Schemas['Overview'], 'waiting'>): WaitingRequest[] {
  return waiting.flatMap(({ requestId, title, awaiting }) => (awaiting ? [{ requestId, title, kind: awaiting.kind }] : []));
}

/** How many wait, by the page that shows them: all on the overview, those that want a vote in the inbox. */
export function waitingCounts(waiting: readonly WaitingRequest[]): Readonly<Record<string, number>> {
  const votes = waiting.filter(({ kind }) => kind === 'plan-approval' || kind === 'patch-approval');
  return { '/': waiting.length, '/approvals': votes.length };
}

/** Those of `now` that did not wait for the same before. */
export function newlyWaiting(before: readonly WaitingRequest[], now: readonly WaitingRequest[]): WaitingRequest[] {
  const known = new Set(before.map(({ requestId, kind }) => `${requestId} ${kind}`));
  return now.filter(({ requestId, kind }) => !known.has(`${requestId} ${kind}`));
}

/** Changes within this time make one look, in ms. */
const settleMs = 400;

/**
 * What waits for the person, as it is now: begins with what the page was loaded with, and looks again when the tenant's requests
 * move. `onNew` gets what has begun to wait.
 */
export function useWaiting(loaded: WaitingRequest[], onNew: (requests: WaitingRequest[]) => void): WaitingRequest[] {
  const [waiting, setWaiting] = useState(loaded);
  const known = useRef(loaded);
  const latestOnNew = useRef(onNew);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const take = useCallback((next: WaitingRequest[]) => {
    const fresh = newlyWaiting(known.current, next);
    known.current = next;
    setWaiting(next);
    if (fresh.length > 0) latestOnNew.current(fresh);
  }, []);

  useEffect(() => {
    latestOnNew.current = onNew;
  });
  useEffect(() => take(loaded), [loaded, take]);
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  useTenantChanges(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void lookAgain(take);
    }, settleMs);
  });
  return waiting;
}

async function lookAgain(take: (waiting: WaitingRequest[]) => void): Promise<void> {
  // A look that fails is made up for by the next change, or by the one that every reconnect announces.
  const answer = await browserApi()
    .GET('/api/overview', { params: { query: { days: 1 } } })
    .catch(() => null);
  const result = answer ? outcome(answer) : null;
  if (result?.ok) take(waitingOf(result.data));
}
