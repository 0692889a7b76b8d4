import { redirect } from '@remix-run/react';
import { type ApiClient, createApiClient } from '../../../api/client/index.ts';
import { problemOf } from './api.ts';

let findOrigin = (): string => String(import.meta.env['VITE_API_URL']);

/** Says where the API is, once, by the server that carries the pages. Without it: what vite.config.ts says (development server). */
export function connectApi(origin: () => string): void {
  findOrigin = origin;
}

/** Origin of the API for calls from this process. */
export function apiOrigin(): string {
  return findOrigin();
}

/**
 * The typed client for a loader or action, in the name of the browser that asks. A session that has ended throws a redirect to
 * /sign-in, back to this page afterwards; an API that cannot be reached throws a 503 problem.
 */
export function apiOf(request: Request): ApiClient {
  const cookie = request.headers.get('cookie');
  return createApiClient({
    baseUrl: apiOrigin(),
    async fetch(call) {
      const sent = new Request(call, { signal: request.signal });
      if (cookie !== null) sent.headers.set('cookie', cookie);
      const response = await reach(sent);
      if (response.status === 401) throw redirect(signInPath(request.url));
      return response;
    },
  });
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    const problem = { ...problemOf(null, 503), detail: 'The API cannot be reached. It may be restarting: try again in a moment.' };
    throw Response.json({ ...problem, code: 'api-unreachable' }, { status: 503 });
  }
}

function signInPath(url: string): string {
  const { pathname, search } = new URL(url);
  return `/sign-in?next=${encodeURIComponent(`${pathname}${search}`)}`;
}
