import type { Router } from 'express';
import type { Tx } from '../../db/port.ts';
import { lastEventSeq } from '../../db/event-counters.ts';
import { getRequest } from '../../db/requests.ts';
import { getRun, listRuns, type RunRow } from '../../db/runs.ts';
import type { CommitLocator, DiffRange } from '../../workspace/gateway/git/port.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { limits } from '../limits.ts';
import { mount, mountRaw } from '../mount.ts';
import * as operations from '../operations/runs.ts';
import { notFound, refuse } from '../problem.ts';
import { sendForeignBytes } from '../safe-media.ts';
import { readEvents, startOf } from '../streams/reading.ts';
import { streamRequest } from '../streams/sse.ts';
import { showRun } from '../views.ts';

const patchType = 'text/x-patch';

async function requireRun(tx: Tx, runId: string): Promise<RunRow> {
  const run = await getRun(tx, runId);
  if (!run) throw notFound('run', runId);
  return run;
}

/** Runs: lists, detail, events, diff. */
export function runRoutes(router: Router, deps: ApiDependencies): void {
  const { database } = deps;
  const findRun = (tenantId: string, runId: string) => database.withTenant(tenantId, (tx) => requireRun(tx, runId));

  mount(router, operations.listRuns, async ({ query: { status, ...query }, principal }) => {
    const filter = { ...query, ...(status ? { statuses: [status] } : {}) };
    const page = await database.withTenant(principal.tenantId, (tx) => listRuns(tx, filter));
    return { status: 200, body: { ...page, items: page.items.map(showRun) } };
  });

  mount(router, operations.getRun, async ({ params, principal }) => {
    return { status: 200, body: showRun(await findRun(principal.tenantId, params.runId)) };
  });

  mount(router, operations.listRunEvents, async ({ params, query, principal }) => {
    const { tenantId } = principal;
    const { requestId, runId } = await findRun(tenantId, params.runId);
    const headSeq = query.types ? await database.withTenant(tenantId, (tx) => lastEventSeq(tx, requestId)) : 0;
    return { status: 200, body: await readEvents(deps.runLog, tenantId, { requestId, runId, ...query }, headSeq) };
  });

  mountRaw(router, operations.streamRunEvents, async ({ params, query, principal, request, response }) => {
    const { tenantId } = principal;
    const { requestId, runId } = await findRun(tenantId, params.runId);
    const [afterSeq = 0] = startOf(request.get('Last-Event-ID'), [query.afterSeq]);
    await streamRequest(deps.hub, response, { tenantId, requestId, runId, afterSeq });
  });

  mountRaw(router, operations.getRunDiff, async ({ params, query, principal, request, response }) => {
    const { path, against } = query;
    const range = await database.withTenant(principal.tenantId, (tx) => locateRange(tx, params.runId, against));
    response.vary('Accept');
    if (request.accepts(['application/json', patchType]) === patchType) {
      const patch = await deps.repositories.patch({ ...range, path });
      response.status(200).type(`${patchType}; charset=utf-8`).send(patch);
      return;
    }
    const diff = await deps.repositories.diff(range);
    const files = path === undefined ? diff.files : diff.files.filter((file) => file.path === path);
    response.status(200).json({ ...diff, files });
  });

  mountRaw(router, operations.getRunBlob, async ({ params, query, principal, response }) => {
    const { locator } = await database.withTenant(principal.tenantId, (tx) => locate(tx, params.runId));
    const bytes = await deps.repositories.file({ ...locator, ...query, maxBytes: limits.blobBytes });
    if (!bytes) throw notFound('file', query.path);
    sendForeignBytes(response, bytes, query.path.slice(query.path.lastIndexOf('/') + 1));
  });
}

/** Where the run's commit is; DomainError `no-checkpoint` for a run that made none. */
async function locate(tx: Tx, runId: string): Promise<{ requestId: string; locator: CommitLocator }> {
  const { checkpoint, requestId, tenantId } = await requireRun(tx, runId);
  if (!checkpoint) throw refuse('no-checkpoint', 'This run has no checkpoint yet, so there is nothing to compare; wait for its end.');
  const request = await getRequest(tx, requestId);
  if (!request) throw notFound('request', requestId);
  const { baseCommit, commit, bundleArtifactId } = checkpoint;
  return { requestId, locator: { tenantId, projectId: request.projectId, baseCommit, commit, bundleArtifactId } };
}

/** With `against` the two commits of one request; DomainError `other-request` for runs that have nothing in common. */
async function locateRange(tx: Tx, runId: string, against: string | undefined): Promise<DiffRange> {
  const { requestId, locator } = await locate(tx, runId);
  if (against === undefined) return locator;
  const other = await locate(tx, against);
  if (other.requestId !== requestId)
    throw refuse('other-request', `Run ${against} belongs to another request; compare runs of one request.`);
  const { baseCommit, commit, bundleArtifactId } = other.locator;
  return { ...locator, against: { baseCommit, commit, bundleArtifactId } };
}
