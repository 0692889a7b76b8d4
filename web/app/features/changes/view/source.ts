import { browserApi, type Outcome } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import type { Diff } from '../types.ts';

/** What is shown: a run's checkpoint against its base, or against an earlier run's checkpoint. */
export interface Source {
  runId: string;
  commit: string;
  against: { runId: string; commit: string } | null;
}

/** At most so many patches are on their way at once: the browser has few connections, and the page needs them too. */
const concurrency = 3;
let running = 0;
const waiting: (() => void)[] = [];

/** A name for what is shown, different for whatever may differ. */
export function sourceKey({ runId, commit, against }: Source): string {
  return `${runId}@${commit}…${against ? `${against.runId}@${against.commit}` : 'base'}`;
}

/** The changed files. */
export function loadDiff(source: Source, signal: AbortSignal): Promise<Outcome<Diff>> {
  return attempt(async () => {
    const { data, ...rest } = await browserApi().GET('/api/runs/{runId}/diff', { ...parameters(source), signal });
    // The same address answers a patch too, to those who ask for one.
    return typeof data === 'string' ? rest : { ...rest, data };
  });
}

/** The patch of one file, or of all; what git writes. */
export function loadPatch(source: Source, path: string | null, signal: AbortSignal): Promise<Outcome<string>> {
  return inTurn(signal, () =>
    attempt(async () => {
      const answer = await browserApi().GET('/api/runs/{runId}/diff', {
        ...parameters(source, path),
        headers: { Accept: 'text/x-patch' },
        parseAs: 'text',
        signal,
      });
      return { ...answer, error: problemBody(answer.error) };
    }),
  );
}

/** The text of a file on the new side. */
export function loadText(source: Source, path: string, signal: AbortSignal): Promise<Outcome<string>> {
  return attempt(async () => {
    const query = { path, side: 'head' as const };
    const answer = await browserApi().GET('/api/runs/{runId}/blob', {
      params: { path: { runId: source.runId }, query },
      parseAs: 'text',
      signal,
    });
    return { ...answer, error: problemBody(answer.error) };
  });
}

/** Address of a file's bytes on one side, for an image. */
export function blobUrl({ runId, against }: Source, path: string, side: 'old' | 'new'): string {
  const fromOther = side === 'old' && against !== null;
  const query = new URLSearchParams({ path, side: side === 'new' || fromOther ? 'head' : 'base' });
  return `/api/runs/${encodeURIComponent(fromOther ? against.runId : runId)}/blob?${query}`;
}

function parameters({ runId, against }: Source, path: string | null = null) {
  const query = { ...(against ? { against: against.runId } : {}), ...(path === null ? {} : { path }) };
  return { params: { path: { runId }, query } };
}

/** An answer that is read as text brings its problem as text too. */
function problemBody(error: unknown): unknown {
  if (typeof error !== 'string') return error;
  try {
    return JSON.parse(error);
  } catch {
    return null;
  }
}

async function inTurn<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  while (running >= concurrency) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    signal.throwIfAborted();
    return await call();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
