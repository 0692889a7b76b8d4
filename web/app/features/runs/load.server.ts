import { apiOf } from '~/lib/api.server.ts';
import { unwrap } from '~/lib/api.ts';
import { readRunsQuery } from './filters.ts';

const pageSize = 50;
/** The newest requests, whose titles most runs are about. */
const titlesMax = 200;

/** A page of runs as the address asks for it, with the titles of their requests as far as they are known. */
export async function loadRuns(request: Request) {
  const api = apiOf(request);
  const query = readRunsQuery(new URL(request.url).searchParams);
  const { status, cursor } = query;
  const filter = { limit: pageSize, ...(status === null ? {} : { status }), ...(cursor === null ? {} : { cursor }) };
  const [page, requests] = await Promise.all([
    api.GET('/api/runs', { params: { query: filter } }).then(unwrap),
    api.GET('/api/requests', { params: { query: { limit: titlesMax } } }).then(unwrap),
  ]);
  const titles = Object.fromEntries(requests.items.map(({ requestId, title, project }) => [requestId, { title, project: project.name }]));
  return { query, runs: page.items, nextCursor: page.nextCursor, titles, nowMs: Date.now() };
}
