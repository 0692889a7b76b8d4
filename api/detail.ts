import { listGates } from '../db/gates.ts';
import { getMergeRequestOfRequest } from '../db/merge-requests.ts';
import { listMessages } from '../db/messages.ts';
import type { Tx } from '../db/port.ts';
import { getPrincipals } from '../db/principals.ts';
import { getProject } from '../db/projects.ts';
import { getRequest, summaryOf } from '../db/requests.ts';
import { listReviews } from '../db/reviews.ts';
import { listRunsOfRequest } from '../db/runs.ts';
import { queuePlaceOf } from '../db/slots.ts';
import { messageOf } from '../workflows/contracts/errors.ts';
import { workflowIds } from '../workflows/contracts/ids.ts';
import { terminalStages, type Gate, type RequestStatus } from '../workflows/contracts/request.ts';
import type { ApiDependencies } from './dependencies.ts';
import { waits } from './limits.ts';
import { notFound } from './problem.ts';
import type { RequestDetail } from './schemas/requests.ts';
import { showMessage, showRequest, showReview, showRun } from './views.ts';
import { WorkflowMissing } from './workflow-gateway.ts';

/** Everything about one request; the status of an open one comes from its workflow where that answers within 500 ms. */
export async function readDetail(deps: ApiDependencies, tenantId: string, requestId: string): Promise<RequestDetail> {
  const stored = await deps.database.withTenant(tenantId, (tx) => readStored(tx, requestId));
  const isOpen = !terminalStages.includes(stored.summary.stage);
  const live = isOpen ? await askWorkflow(deps, requestId) : null;
  const status = live ?? stored.status;
  return {
    ...stored.summary,
    ...(live ? liveSummary(live) : {}),
    source: live ? 'workflow' : 'projection',
    status,
    gate: status?.gate ?? null,
    gates: withLatest(stored.gates, status?.gate ?? null),
    checkpoint: status?.checkpoint ?? null,
    checks: status?.gate?.checks ?? stored.runs.at(-1)?.checks ?? [],
    mergeRequest: status?.mergeRequest ?? stored.mergeRequest,
    review: stored.review,
    messages: stored.messages,
    runs: stored.runs,
    queue: stored.queue,
    links: { temporal: temporalLink(deps, requestId) },
  };
}

/** What the workflow knows newer than the projection. */
function liveSummary({ stage, awaiting, outcome, updatedAtMs, stages, checkpoint }: RequestStatus) {
  const since = stages.at(-1)?.fromMs;
  return { stage, awaiting, outcome, updatedAtMs, stat: checkpoint?.stat ?? null, ...(since === undefined ? {} : { stageSinceMs: since }) };
}

async function readStored(tx: Tx, requestId: string) {
  const request = await getRequest(tx, requestId);
  if (!request) throw notFound('request', requestId);
  const row = summaryOf(request);
  const messages = (await listMessages(tx, requestId)).filter(({ disposition }) => disposition !== 'rejected');
  const authors = messages.flatMap(({ authorId }) => (authorId === null ? [] : [authorId]));
  const people = new Map((await getPrincipals(tx, [...new Set([row.requesterId, ...authors])])).map(({ id, name }) => [id, name]));
  const project = await getProject(tx, row.projectId);
  const [review] = await listReviews(tx, requestId);
  const runs = await listRunsOfRequest(tx, requestId);
  const answers = new Map(runs.flatMap(({ runId, checkpoint }) => (checkpoint ? [[runId, checkpoint.commit]] : [])));
  return {
    summary: showRequest(row, { people, projects: new Map(project ? [[project.projectId, project.name]] : []) }),
    status: request.snapshot?.status ?? null,
    messages: messages.map((message) => showMessage(message, people, answers)),
    runs: runs.map(showRun),
    queue: await queuePlaceOf(tx, requestId),
    gates: (await listGates(tx, requestId)).reverse(),
    review: review ? showReview(review) : null,
    mergeRequest: (await getMergeRequestOfRequest(tx, requestId))?.ref ?? null,
  };
}

async function askWorkflow(deps: ApiDependencies, requestId: string): Promise<RequestStatus | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), waits.statusQueryMs);
  });
  try {
    return await Promise.race([deps.workflows.status(requestId, waits.statusQueryMs).catch(noAnswer), tooLate]);
  } finally {
    clearTimeout(timer);
  }

  function noAnswer(error: unknown): null {
    if (!(error instanceof WorkflowMissing)) deps.logger.debug('status query failed', { requestId, error: messageOf(error) });
    return null;
  }
}

/** The live gate may be ahead of the projection. */
function withLatest(gates: Gate[], live: Gate | null): Gate[] {
  if (live === null) return gates;
  return [...gates.filter(({ gateId }) => gateId !== live.gateId), live];
}

function temporalLink(deps: ApiDependencies, requestId: string): string | null {
  if (!deps.temporalUi) return null;
  const { url, namespace } = deps.temporalUi;
  return `${url.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowIds.request(requestId))}`;
}
