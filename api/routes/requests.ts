import type { Router } from 'express';
import { lastEventSeq } from '../../db/event-counters.ts';
import { getPrincipals } from '../../db/principals.ts';
import { getProjects } from '../../db/projects.ts';
import { knownRequestIds, listRequests, type RequestFilter, type RequestSummary } from '../../db/requests.ts';
import type { Tx } from '../../db/port.ts';
import { Stage, terminalStages } from '../../workflows/contracts/request.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { readDetail } from '../detail.ts';
import { mount, mountRaw } from '../mount.ts';
import * as operations from '../operations/requests.ts';
import { notFound, refuse } from '../problem.ts';
import { readEvents, startOf } from '../streams/reading.ts';
import { streamRequest, streamRequests } from '../streams/sse.ts';
import { act, sendMessage } from '../submit/act.ts';
import { submit } from '../submit/submit.ts';
import { showRequest } from '../views.ts';
import { findProject } from './projects.ts';

const openStages = Stage.options.filter((stage) => !terminalStages.includes(stage));

/** Requests: submit, lists, detail, events. */
export function requestRoutes(router: Router, deps: ApiDependencies): void {
  const { database } = deps;

  mount(router, operations.submitRequest, ({ body, principal, idempotencyKey }) =>
    submit(deps, { principal, source: 'api', key: idempotencyKey, keepsAnswer: true, body }),
  );

  mount(router, operations.listRequests, async ({ query, principal }) => {
    const body = await database.withTenant(principal.tenantId, async (tx) => {
      const filter: RequestFilter = { limit: query.limit, cursor: query.cursor, stages: stagesOf(query.stage, query.state) };
      if (query.project !== undefined) {
        const project = await findProject(tx, query.project);
        if (!project) throw refuse('unknown-project', `There is no project ${query.project}; /api/projects lists them.`);
        filter.projectId = project.projectId;
      }
      if (filter.stages?.length === 0) return { items: [], nextCursor: null };
      const page = await listRequests(tx, filter);
      const names = await namesOf(tx, page.items);
      return { ...page, items: page.items.map((row) => showRequest(row, names)) };
    });
    return { status: 200, body };
  });

  mount(router, operations.getRequest, async ({ params, principal }) => {
    return { status: 200, body: await readDetail(deps, principal.tenantId, params.requestId) };
  });

  mount(router, operations.listRequestEvents, async ({ params, query, principal }) => {
    const { tenantId } = principal;
    await requireRequests(deps, tenantId, [params.requestId]);
    const headSeq = query.types ? await database.withTenant(tenantId, (tx) => lastEventSeq(tx, params.requestId)) : 0;
    return { status: 200, body: await readEvents(deps.runLog, tenantId, { requestId: params.requestId, ...query }, headSeq) };
  });

  mountRaw(router, operations.streamRequestEvents, async ({ params, query, principal, request, response }) => {
    const { tenantId } = principal;
    await requireRequests(deps, tenantId, [params.requestId]);
    const [afterSeq = 0] = startOf(request.get('Last-Event-ID'), [query.afterSeq]);
    await streamRequest(deps.hub, response, { tenantId, requestId: params.requestId, runId: null, afterSeq });
  });

  mountRaw(router, operations.streamManyRequests, async ({ query, principal, request, response }) => {
    const { tenantId } = principal;
    await requireRequests(deps, tenantId, query.requests);
    const after = startOf(request.get('Last-Event-ID'), query.after?.split(',').map(Number) ?? []);
    await streamRequests(deps.hub, response, { tenantId, requestIds: query.requests, after });
  });

  actionRoutes(router, deps);
}

/** What people do to a request; all of it goes through the inbox to its workflow. */
function actionRoutes(router: Router, deps: ApiDependencies): void {
  const from = (call: {
    principal: Parameters<typeof act>[1]['principal'];
    idempotencyKey: string | null;
    params: { requestId: string };
  }) => ({
    principal: call.principal,
    source: 'api',
    key: call.idempotencyKey,
    keepsAnswer: true,
    requestId: call.params.requestId,
  });
  mount(router, operations.postMessage, (call) => sendMessage(deps, from(call), call.body));
  mount(router, operations.postDecision, (call) => {
    const { vote, ...fields } = call.body;
    return act(deps, from(call), vote, fields);
  });
  mount(router, operations.postAnswer, (call) => act(deps, from(call), 'answer', call.body));
  mount(router, operations.cancelRequest, (call) => act(deps, from(call), 'cancel', call.body));
  mount(router, operations.retryRequest, (call) => act(deps, from(call), 'retry', call.body));
  mount(router, operations.mergeRequestOfRequest, (call) => act(deps, from(call), 'merge', call.body));
}

function stagesOf(stage: Stage | undefined, state: 'open' | 'closed' | undefined): Stage[] | undefined {
  if (stage === undefined && state === undefined) return undefined;
  const ofState = state === undefined ? Stage.options : state === 'open' ? openStages : terminalStages;
  return ofState.filter((each) => stage === undefined || each === stage);
}

async function namesOf(tx: Tx, rows: RequestSummary[]) {
  const people = await getPrincipals(tx, [...new Set(rows.map(({ requesterId }) => requesterId))]);
  const projects = await getProjects(tx, [...new Set(rows.map(({ projectId }) => projectId))]);
  return {
    people: new Map(people.map(({ id, name }) => [id, name])),
    projects: new Map(projects.map(({ projectId, name }) => [projectId, name])),
  };
}

async function requireRequests(deps: ApiDependencies, tenantId: string, requestIds: string[]): Promise<void> {
  const known = await deps.database.withTenant(tenantId, (tx) => knownRequestIds(tx, requestIds));
  const missing = requestIds.find((requestId) => !known.has(requestId));
  if (missing !== undefined) throw notFound('request', missing);
}
