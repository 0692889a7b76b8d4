import { useCallback, useEffect, useState } from 'react';
import type { Outcome, Problem } from '~/lib/api.ts';

export type Loaded<T> = { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; problem: Problem; retry: () => void };

/** What was loaded lately, oldest first; a commit's content never changes, so nothing here goes stale. */
const kept = new Map<string, unknown>();
const keptCap = 300;

/** Loads once per key and remembers it; null for a key loads nothing yet. Leaving the page before the answer cancels the call. */
export function useLoaded<T>(key: string | null, load: (signal: AbortSignal) => Promise<Outcome<T>>): Loaded<T> {
  const [result, setResult] = useState<{ key: string; outcome: Outcome<T> } | null>(null);
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => {
    setResult(null);
    setAttempt((count) => count + 1);
  }, []);
  const isKnown = key !== null && kept.has(key);

  useEffect(() => {
    if (key === null || isKnown) return;
    const cancel = new AbortController();
    load(cancel.signal).then(
      (outcome) => {
        if (outcome.ok) keep(key, outcome.data);
        if (!cancel.signal.aborted) setResult({ key, outcome });
      },
      (error: unknown) => {
        if (!cancel.signal.aborted) setResult({ key, outcome: { ok: false, problem: unexpected(error) } });
      },
    );
    return () => cancel.abort();
    // `load` is made anew with each render; the key says what it loads.
  }, [key, isKnown, attempt]);

  if (key === null) return { state: 'loading' };
  if (isKnown) return { state: 'ready', value: kept.get(key) as T };
  if (result?.key !== key) return { state: 'loading' };
  return result.outcome.ok ? { state: 'ready', value: result.outcome.data } : { state: 'failed', problem: result.outcome.problem, retry };
}

function keep(key: string, value: unknown): void {
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > keptCap && oldest !== undefined) kept.delete(oldest);
}

function unexpected(error: unknown): Problem {
  const detail = error instanceof Error ? error.message : String(error);
  return { title: 'This part could not be shown', detail: `${detail} Try again.`, status: 0, code: 'unexpected' };
}
