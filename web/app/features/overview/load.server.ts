import { apiOf } from '~/lib/api.server.ts';
import { type ApiClient, outcome, type Schemas, unwrap } from '~/lib/api.ts';
import { holdsRole } from '~/lib/roles.ts';
import { readOverviewQuery } from './query.ts';
import { type Standing, waitingKind } from './waiting.ts';

/** Of so many waiting requests the votes and merges are offered at once; the others lead to their page. */
const standingMax = 20;

/** What the overview shows; null when nothing was ever submitted here. */
export async function loadOverview(request: Request) {
  const api = apiOf(request);
  const query = readOverviewQuery(new URL(request.url).searchParams);
  const { days, projectId } = query;
  const [me, overview, projects, mine, any] = await Promise.all([
    api.GET('/api/me').then(unwrap),
    api.GET('/api/overview', { params: { query: { days, ...(projectId === null ? {} : { projectId }) } } }).then(unwrap),
    api.GET('/api/projects', { params: { query: { limit: 200 } } }).then(unwrap),
    api.GET('/api/requests', { params: { query: { requester: 'me', limit: 1 } } }).then(unwrap),
    api.GET('/api/requests', { params: { query: { limit: 1 } } }).then(unwrap),
  ]);
  if (any.items.length === 0) return null;
  return {
    query,
    overview,
    standing: await standingOf(api, overview.waiting),
    projects: projects.items.map(({ projectId, name }) => ({ projectId, name })),
    isNew: mine.items.length === 0 && holdsRole(me.principal.roles, 'maintainer'),
    nowMs: Date.now(),
  };
}

/** The gates and merge requests that the actions need; a request that has gone on meanwhile is left out. */
async function standingOf(api: ApiClient, waiting: Schemas['Overview']['waiting']): Promise<Record<string, Standing>> {
  const needed = waiting.filter(({ awaiting }) => ['vote', 'merge'].includes(waitingKind(awaiting)?.action ?? '')).slice(0, standingMax);
  const found = await Promise.all(
    needed.map(async ({ requestId }) => outcome(await api.GET('/api/requests/{requestId}', { params: { path: { requestId } } }))),
  );
  return Object.fromEntries(
    found.flatMap((result) => {
      if (!result.ok) return [];
      const { requestId, gate, mergeRequest } = result.data;
      return [[requestId, { gate, mergeRequest }]];
    }),
  );
}
