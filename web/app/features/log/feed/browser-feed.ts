import { browserApi, problemOf, type Problem } from '~/lib/api.ts';
import type { LogEvent } from '~/lib/log-event.ts';
import { LogFeed, type EventsPage } from './log-feed.ts';

/** The log that is read: a request's, or one run's part of it. */
export interface LogSource {
  requestId: string;
  runId: string | null;
}

/** A refusal of the API, with its words. */
class ReadRefused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ReadRefused';
    this.problem = problem;
  }
}

/** A feed that reads by the typed client, in a browser. */
export function createBrowserFeed(source: LogSource): LogFeed {
  return new LogFeed({
    read: (query) => readPage(source, query),
    // Too many at once and a server that stumbles pass; anything else that is refused stays so.
    isFinal: (error) => error instanceof ReadRefused && error.problem.status < 500 && error.problem.status !== 429,
    messageOf: (error) => (error instanceof ReadRefused ? error.message : 'AstraForge cannot be reached.'),
    pause: nextTurn,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => performance.now(),
  });
}

/** Gives the browser its turn: input and painting come before what is resolved here. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function readPage(
  { requestId, runId }: LogSource,
  query: { afterSeq?: number; beforeSeq?: number; limit: number },
): Promise<EventsPage> {
  const api = browserApi();
  const { data, error, response } =
    runId === null
      ? await api.GET('/api/requests/{requestId}/events', { params: { path: { requestId }, query } })
      : await api.GET('/api/runs/{runId}/events', { params: { path: { runId }, query } });
  if (data === undefined) throw new ReadRefused(problemOf(error, response.status));
  return { items: data.items as LogEvent[], more: data.more };
}
