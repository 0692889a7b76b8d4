import { useEffect, useState } from 'react';
import { browserApi } from '~/lib/api.ts';

const askAfterMs = 120;
const shown = 8;

export interface Suggestions {
  paths: string[];
  /** There are more than these. */
  more: boolean;
  state: 'idle' | 'asking' | 'ready' | 'failed';
}

const none: Suggestions = { paths: [], more: false, state: 'idle' };

/** Files of a project's branch whose paths fit `query`; asks after a short pause. Nothing is asked while either is null. */
export function useFileSuggestions(projectId: string | null, ref: string | null, query: string | null): Suggestions {
  const [found, setFound] = useState<Suggestions>(none);
  useEffect(() => {
    if (projectId === null || query === null) {
      setFound(none);
      return undefined;
    }
    const stop = new AbortController();
    setFound((before) => ({ ...before, state: 'asking' }));
    const timer = setTimeout(() => void ask(projectId, ref, query, stop.signal).then((answer) => answer && setFound(answer)), askAfterMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [projectId, ref, query]);
  return found;
}

async function ask(projectId: string, ref: string | null, query: string, signal: AbortSignal): Promise<Suggestions | null> {
  try {
    const { data } = await browserApi().GET('/api/projects/{projectId}/files', {
      params: { path: { projectId }, query: { query, limit: shown, ...(ref ? { ref } : {}) } },
      signal,
    });
    return data ? { paths: data.items, more: data.more, state: 'ready' } : { ...none, state: 'failed' };
  } catch {
    return signal.aborted ? null : { ...none, state: 'failed' };
  }
}
