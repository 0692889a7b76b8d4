import { useEffect, useState } from 'react';
import { browserApi, outcome, type Schemas } from '~/lib/api.ts';

/** What the palette finds beside pages and actions. */
export interface PaletteResults {
  requests: Schemas['RequestSummary'][];
  projects: { projectId: string; name: string }[];
  /** In words; null when all is well. */
  problem: string | null;
}

const none: PaletteResults = { requests: [], projects: [], problem: null };
const typingMs = 150;

/** The projects, and the requests that hold `text` (the newest ones for an empty one); asks while the palette is open. */
export function usePaletteResults(text: string): PaletteResults {
  const [results, setResults] = useState(none);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(
      () => {
        void find(text.trim(), abort.signal).then((found) => {
          if (!abort.signal.aborted) setResults(found);
        });
      },
      text === '' ? 0 : typingMs,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return results;
}

async function find(text: string, signal: AbortSignal): Promise<PaletteResults> {
  const api = browserApi();
  const query = { limit: 8, ...(text === '' ? {} : { text }) };
  try {
    const [requests, projects] = await Promise.all([
      api.GET('/api/requests', { params: { query }, signal }).then(outcome),
      api.GET('/api/projects', { params: { query: { limit: 100 } }, signal }).then(outcome),
    ]);
    if (!requests.ok) return { ...none, problem: requests.problem.detail };
    const items = projects.ok ? projects.data.items : [];
    return { requests: requests.data.items, projects: items.map(({ projectId, name }) => ({ projectId, name })), problem: null };
  } catch (error) {
    if (signal.aborted) return none;
    if (error instanceof TypeError) return { ...none, problem: 'AstraForge cannot be reached at the moment; pages may still open.' };
    throw error;
  }
}
