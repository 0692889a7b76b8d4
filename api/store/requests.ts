import { and, asc, desc, eq, inArray, ne, notInArray, or, type SQL } from 'drizzle-orm';
import type { Tx } from '../../db/port.ts';
import { gates, mergeRequests, messages, principals, projects, requests, reviews, runs } from '../../db/schema.ts';
import type { Gate, Outcome, RequestSnapshot, Stage } from '../../workflows/contracts/request.ts';
import { terminalStages } from '../../workflows/contracts/request.ts';
import { notFound } from '../problem.ts';
import type { Message, RequestSummary } from '../schemas/requests.ts';
import type { Review, RunSummary } from '../schemas/runs.ts';
import type { MergeRequest } from '../schemas/others.ts';
import { keyset, pageOfRows, type PageInput } from './cursor.ts';
import { showMergeRequest, showReview, showRun } from './show.ts';

const summaryColumns = {
  requestId: requests.requestId,
  title: requests.title,
  projectId: requests.projectId,
  projectName: projects.name,
  requesterId: requests.requesterId,
  requesterName: principals.name,
  stage: requests.stage,
  awaiting: requests.awaiting,
  outcome: requests.outcome,
  createdAt: requests.createdAt,
  updatedAt: requests.updatedAt,
  closedAt: requests.closedAt,
};

interface SummaryRow {
  requestId: string;
  title: string;
  projectId: string;
  projectName: string | null;
  requesterId: string;
  requesterName: string | null;
  stage: Stage;
  awaiting: RequestSummary['awaiting'];
  outcome: string | null;
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
}

/** Which requests a list shows. `project` is a name or an id. */
export interface RequestFilter extends PageInput {
  stage?: Stage | undefined;
  state?: 'open' | 'closed' | undefined;
  project?: string | undefined;
}

/** Requests, newest first, from the projection. */
export async function listRequests(tx: Tx, filter: RequestFilter): Promise<{ items: RequestSummary[]; nextCursor: string | null }> {
  const closed = [...terminalStages];
  const conditions: (SQL | undefined)[] = [
    filter.stage && eq(requests.stage, filter.stage),
    filter.state === 'open' ? notInArray(requests.stage, closed) : undefined,
    filter.state === 'closed' ? inArray(requests.stage, closed) : undefined,
    filter.project === undefined ? undefined : or(eq(projects.name, filter.project), eq(projects.projectId, filter.project)),
  ];
  const page = keyset(requests.createdAt, requests.requestId, filter, conditions);
  const rows = await tx
    .select({ ...summaryColumns, position: page.position })
    .from(requests)
    .leftJoin(projects, projectOfRequest)
    .leftJoin(principals, requesterOfRequest)
    .where(page.where)
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return pageOfRows(rows, filter.limit, (row) => row.requestId, showSummary);
}

const projectOfRequest = and(eq(projects.tenantId, requests.tenantId), eq(projects.projectId, requests.projectId));
const requesterOfRequest = and(eq(principals.tenantId, requests.tenantId), eq(principals.principalId, requests.requesterId));

/** Everything that the database knows of one request; DomainError `not-found`. */
export async function readRequest(tx: Tx, requestId: string): Promise<RequestRecord> {
  const [row] = await tx
    .select({ ...summaryColumns, snapshot: requests.snapshot })
    .from(requests)
    .leftJoin(projects, projectOfRequest)
    .leftJoin(principals, requesterOfRequest)
    .where(eq(requests.requestId, requestId))
    .limit(1);
  if (!row) throw notFound('request', requestId);
  const gateRows = await tx.select({ gate: gates.gate }).from(gates).where(eq(gates.requestId, requestId)).orderBy(asc(gates.openedAt));
  const runRows = await tx.select().from(runs).where(eq(runs.requestId, requestId)).orderBy(asc(runs.ordinal));
  const [review] = await tx.select().from(reviews).where(eq(reviews.requestId, requestId)).orderBy(desc(reviews.createdAt)).limit(1);
  const [mergeRequest] = await tx
    .select()
    .from(mergeRequests)
    .where(eq(mergeRequests.requestId, requestId))
    .orderBy(desc(mergeRequests.createdAt))
    .limit(1);
  return {
    summary: showSummary(row),
    snapshot: row.snapshot,
    messages: await listMessages(tx, requestId),
    runs: runRows.map(showRun),
    gates: gateRows.map(({ gate }) => gate),
    review: review ? showReview(review) : null,
    mergeRequest: mergeRequest ? showMergeRequest(mergeRequest) : null,
  };
}

export interface RequestRecord {
  summary: RequestSummary;
  snapshot: RequestSnapshot | null;
  messages: Message[];
  runs: RunSummary[];
  gates: Gate[];
  review: Review | null;
  mergeRequest: MergeRequest | null;
}

/** Stage of a request; DomainError `not-found`. */
export async function readStage(tx: Tx, requestId: string): Promise<Stage> {
  const [row] = await tx.select({ stage: requests.stage }).from(requests).where(eq(requests.requestId, requestId)).limit(1);
  if (!row) throw notFound('request', requestId);
  return row.stage;
}

/** Those of the ids that are requests of this tenant. */
export async function knownRequests(tx: Tx, requestIds: string[]): Promise<Set<string>> {
  const rows = await tx.select({ requestId: requests.requestId }).from(requests).where(inArray(requests.requestId, requestIds));
  return new Set(rows.map(({ requestId }) => requestId));
}

/** What people wrote, in order. What the workflow refused is left out. */
async function listMessages(tx: Tx, requestId: string): Promise<Message[]> {
  const rows = await tx
    .select({ message: messages, authorName: principals.name })
    .from(messages)
    .leftJoin(principals, and(eq(principals.tenantId, messages.tenantId), eq(principals.principalId, messages.authorId)))
    .where(and(eq(messages.requestId, requestId), ne(messages.disposition, 'rejected')))
    .orderBy(asc(messages.createdAt), asc(messages.messageId));
  return rows.map(({ message, authorName }) => ({
    messageId: message.messageId,
    kind: message.kind,
    author: message.authorId === null ? null : { id: message.authorId, name: authorName ?? message.authorId },
    body: message.body,
    attachments: message.attachments,
    disposition: message.disposition,
    runId: message.runId,
    createdAtMs: message.createdAt.getTime(),
  }));
}

function showSummary(row: SummaryRow): RequestSummary {
  return {
    requestId: row.requestId,
    title: row.title,
    project: { projectId: row.projectId, name: row.projectName ?? row.projectId },
    requester: { id: row.requesterId, name: row.requesterName ?? row.requesterId },
    stage: row.stage,
    awaiting: row.awaiting,
    outcome: row.outcome as Outcome | null,
    createdAtMs: row.createdAt.getTime(),
    updatedAtMs: row.updatedAt.getTime(),
    closedAtMs: row.closedAt?.getTime() ?? null,
  };
}
