import { isRouteErrorResponse } from '@remix-run/react';
import { browserApi, isProblem, outcome, type Problem } from '~/lib/api.ts';
import { loadRequest, type RequestData } from './load-detail.ts';

/** What the page that is open now shows. */
let shown: RequestData | null = null;

/** Remembers what the open page shows; null when it is left. */
export function rememberShown(data: RequestData | null): void {
  shown = data;
}

/**
 * Reads a request in the browser. For the page that is open already, its log is left to the stream; and when the API does not
 * answer, or the session has ended, the page keeps what it shows and says so, instead of throwing away what somebody is typing.
 */
export async function readInBrowser(requestId: string): Promise<RequestData> {
  const open = shown?.detail.requestId === requestId ? shown : null;
  if (open === null) return loadRequest(browserApi(), requestId);
  try {
    const answer = outcome(await browserApi().GET('/api/requests/{requestId}', { params: { path: { requestId } } }));
    return answer.ok ? { detail: answer.data, history: null, problem: null } : { ...open, history: null, problem: answer.problem };
  } catch (error) {
    return { ...open, history: null, problem: problemOfFailure(error) };
  }
}

function problemOfFailure(error: unknown): Problem {
  if (isRouteErrorResponse(error) && isProblem(error.data)) return error.data;
  return { title: 'No connection', status: 503, code: 'unreachable', detail: 'AstraForge cannot be reached; this is what was known last.' };
}
