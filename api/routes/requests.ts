import type { Router } from 'express';
import { lastEventSeq } from '../../db/event-counters.ts';
import { knownRequestIds, listRequests, type RequestFilter } from '../../db/requests.ts';
import { Stage, terminalStages } from '../../workflows/contracts/request.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { readDetail } from '../detail.ts';
import { mount, mountRaw } from '../mount.ts';
import * as operations from '../operations/requests.ts';
import { notFound, refuse } from '../problem.ts';
import { readEvents, startOf } from '../streams/reading.ts';
import { streamRequest, streamRequests } from '../streams/sse.ts';
import { act, sendMessage, withdraw } from '../submit/act.ts';
import { submit } from '../submit/submit.ts';
import { showRequests } from '../summaries.ts';
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
      const { limit, cursor, text, awaiting } = query;
      const filter: RequestFilter = { limit, cursor, text, awaiting, stages: stagesOf(query.stage, query.state) };
      if (query.requester !== undefined) filter.requesterId = query.requester === 'me' ? principal.id : query.requester;
      if (query.project !== undefined) {
        const project = await findProject(tx, query.project);
        if (!project) throw refuse('unknown-project', `There is no project ${query.project}; /api/projects lists them.`);
        filter.projectId = project.projectId;
      }
      if (filter.stages?.length === 0) return { items: [], nextCursor: null };
      const page = await listRequests(tx, filter);
      return { ...page, items: await showRequests(tx, page.items) };
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
    const requestIds = query.requests ?? [];
    await requireRequests(deps, tenantId, requestIds);
    const after = startOf(request.get('Last-Event-ID'), query.after?.split(',').map(Number) ?? []);
    await streamRequests(deps.hub, response, { tenantId, requestIds, after, changes: query.changes ? deps.changes : null });
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
  mount(router, operations.withdrawMessage, (call) => withdraw(deps, from(call), call.params.messageId));
  mount(router, operations.postDecision, (call) => {
    const { vote, ...fields } = call.body;
    return act(deps, from(call), vote, fields);
  });
  mount(router, operations.postAnswer, (call) => act(deps, from(call), 'answer', call.body));
  mount(router, operations.cancelRequest, (call) => act(deps, from(call), 'cancel', call.body));
  mount(router, operations.retryRequest, (call) => act(deps, from(call), 'retry', call.body));
  mount(router, operations.mergeRequestOfRequest, (call) => act(deps, from(call), 'merge', call.body));
}

/** Undefined for no filter; empty when state and stages exclude each other. */
function stagesOf(stages: Stage[] | undefined, state: 'open' | 'closed' | undefined): Stage[] | undefined {
  const wanted = stages?.length ? stages : undefined;
  if (wanted === undefined && state === undefined) return undefined;
  const ofState = state === undefined ? Stage.options : state === 'open' ? openStages : terminalStages;
  return ofState.filter((each) => wanted === undefined || wanted.includes(each));
}

async function requireRequests(deps: ApiDependencies, tenantId: string, requestIds: string[]): Promise<void> {
  const known = await deps.database.withTenant(tenantId, (tx) => knownRequestIds(tx, requestIds));
  const missing = requestIds.find((requestId) => !known.has(requestId));
  if (missing !== undefined) throw notFound('request', missing);
}
