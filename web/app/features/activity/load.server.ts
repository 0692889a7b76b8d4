import { apiOf } from '~/lib/api.server.ts';
import { unwrap } from '~/lib/api.ts';

const pageSize = 50;
/** The newest requests, whose titles most acts are about. */
const titlesMax = 200;

/** A page of acts; `?cursor=` names an older one. */
export async function loadActivity(request: Request) {
  const api = apiOf(request);
  const { searchParams, host } = new URL(request.url);
  const cursor = searchParams.get('cursor') || undefined;
  const [page, requests] = await Promise.all([
    api.GET('/api/activity', { params: { query: { limit: pageSize, cursor } } }).then(unwrap),
    api.GET('/api/requests', { params: { query: { limit: titlesMax } } }).then(unwrap),
  ]);
  const titles = Object.fromEntries(requests.items.map(({ requestId, title }) => [requestId, title]));
  return { ...page, isOlder: cursor !== undefined, titles, ownHost: host, nowMs: Date.now() };
}
