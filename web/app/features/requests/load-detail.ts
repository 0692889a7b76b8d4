import { type ApiClient, type Problem, unwrap } from '~/lib/api.ts';
import { type EventQuery, type History, readHistory } from '~/features/conversation/history.ts';
import type { LogEvent } from '~/lib/log-event.ts';
import type { RequestDetail } from './stages.ts';

/** What the request's page knows. `history` comes with the first reading alone: the stream goes on from there. */
export interface RequestData {
  detail: RequestDetail;
  history: History | null;
  /** Why the page could not be brought up to date; it shows what it knew. */
  problem: Problem | null;
}

/** Reads a request, with the part of its log that makes the conversation. Throws the problem as a response. */
export async function loadRequest(api: ApiClient, requestId: string): Promise<RequestData> {
  const path = { requestId };
  const detail = unwrap(await api.GET('/api/requests/{requestId}', { params: { path } }));
  const read = async (query: EventQuery) => {
    const page = unwrap(await api.GET('/api/requests/{requestId}/events', { params: { path, query } }));
    return { ...page, items: page.items as LogEvent[] };
  };
  const isWorking = detail.status?.activeRunId != null;
  return { detail, history: await readHistory(read, isWorking), problem: null };
}
