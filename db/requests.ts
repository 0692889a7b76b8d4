import { and, eq, getTableColumns, gt, ilike, inArray, isNull, or, sql } from 'drizzle-orm';
import type {
  AwaitingKind,
  DiffStat,
  Gate,
  MergeRequestRef,
  RequestInput,
  RequestSnapshot,
  Stage,
} from '../workflows/contracts/request.ts';
import { terminalStages } from '../workflows/contracts/request.ts';
import { containing, keyset, toPage, type Page, type PageInput } from './keyset.ts';
import type { Tx } from './port.ts';
import { notifyRequestChange } from './request-changes.ts';
import { messages, requests } from './schema.ts';

export type RequestRow = typeof requests.$inferSelect;
/** A list's row: of the snapshot only what lists show. */
export type RequestSummary = Omit<RequestRow, 'snapshot'> & {
  mergeRequest: MergeRequestRef | null;
  stat: DiffStat | null;
  /** Null before the workflow's first write. */
  stageSinceMs: number | null;
};

const { snapshot: snapshotColumn, ...plainColumns } = getTableColumns(requests);
const summaryColumns = {
  ...plainColumns,
  mergeRequest: sql<MergeRequestRef | null>`${snapshotColumn} #> '{status,mergeRequest}'`,
  stat: sql<DiffStat | null>`${snapshotColumn} #> '{status,checkpoint,stat}'`,
  stageSinceMs: sql<number | null>`(${snapshotColumn} #>> '{status,stages,-1,fromMs}')::float8`,
};

/** The summary of a row that was read as a whole. */
export function summaryOf({ snapshot, ...row }: RequestRow): RequestSummary {
  const status = snapshot?.status;
  return {
    ...row,
    mergeRequest: status?.mergeRequest ?? null,
    stat: status?.checkpoint?.stat ?? null,
    stageSinceMs: status?.stages.at(-1)?.fromMs ?? null,
  };
}

/** The row of a request just accepted, before its workflow wrote anything; nothing when it is there. */
export async function insertRequest(tx: Tx, input: RequestInput): Promise<void> {
  const inserted = await tx
    .insert(requests)
    .values({
      tenantId: input.tenantId,
      requestId: input.requestId,
      projectId: input.projectId,
      requesterId: input.requester.id,
      title: input.title,
      stage: 'RECEIVED',
      createdAt: new Date(input.submittedAtMs),
      updatedAt: new Date(input.submittedAtMs),
    })
    .onConflictDoNothing()
    .returning({ requestId: requests.requestId });
  if (inserted.length === 0) return;
  const { requestId, submittedAtMs } = input;
  await notifyRequestChange(tx, input.tenantId, { requestId, stage: 'RECEIVED', awaiting: null, updatedAtMs: submittedAtMs });
}

/**
 * Stores the projection unless one of the same or a later (epoch, version) is there; answers whether it did, and tells listeners.
 * `writtenBy` is the run of the workflow, by Temporal's id, that writes.
 */
export async function storeSnapshot(tx: Tx, snapshot: RequestSnapshot, writtenBy?: string): Promise<boolean> {
  const { input, status } = snapshot;
  const projection = {
    stage: status.stage,
    awaiting: status.awaiting,
    outcome: status.outcome,
    epoch: snapshot.epoch,
    version: snapshot.version,
    snapshot: { ...snapshot, writtenBy },
    updatedAt: new Date(status.updatedAtMs),
    closedAt: terminalStages.includes(status.stage) ? new Date(status.updatedAtMs) : null,
  };
  const stored = await tx
    .insert(requests)
    .values({
      tenantId: input.tenantId,
      requestId: input.requestId,
      projectId: input.projectId,
      requesterId: input.requester.id,
      title: input.title,
      createdAt: new Date(input.submittedAtMs),
      ...projection,
    })
    .onConflictDoUpdate({
      target: requests.requestId,
      set: projection,
      // A row without a snapshot is the one of `insertRequest`, whose (0, 0) nobody wrote.
      setWhere: or(
        isNull(snapshotColumn),
        sql`(${requests.epoch}, ${requests.version}) < (${snapshot.epoch}::int, ${snapshot.version}::int)`,
      ),
    })
    .returning({ requestId: requests.requestId });
  if (stored.length === 0) return false;
  const { stage, updatedAtMs } = status;
  await notifyRequestChange(tx, input.tenantId, {
    requestId: input.requestId,
    stage,
    awaiting: status.awaiting?.kind ?? null,
    updatedAtMs,
  });
  return true;
}

/** Says that another run of the workflow holds the stored snapshot now, as after continue-as-new; nobody is told. */
export async function claimSnapshot(tx: Tx, requestId: string, writtenBy: string): Promise<void> {
  const claimed = sql`jsonb_set(${snapshotColumn}, '{writtenBy}', to_jsonb(${writtenBy}::text))`;
  await tx.update(requests).set({ snapshot: claimed }).where(eq(requests.requestId, requestId));
}

/** Null when there is none in this tenant. */
export async function getRequest(tx: Tx, requestId: string): Promise<RequestRow | null> {
  const [row] = await tx.select().from(requests).where(eq(requests.requestId, requestId));
  return row ?? null;
}

export interface RequestFilter extends PageInput {
  stages?: Stage[];
  projectId?: string;
  requesterId?: string;
  awaiting?: AwaitingKind[];
  /** Part of the title or of the prompt's first 20,000 characters in any case, or the request's id. */
  text?: string;
}

/** Newest first. */
export async function listRequests(tx: Tx, filter: RequestFilter): Promise<Page<RequestSummary>> {
  const page = keyset(requests.createdAt, requests.requestId, filter);
  const rows = await tx
    .select({ at: page.at, row: summaryColumns })
    .from(requests)
    .where(
      and(
        page.where,
        filter.stages?.length ? inArray(requests.stage, filter.stages) : undefined,
        filter.projectId ? eq(requests.projectId, filter.projectId) : undefined,
        filter.requesterId ? eq(requests.requesterId, filter.requesterId) : undefined,
        filter.awaiting?.length ? inArray(sql`${requests.awaiting} ->> 'kind'`, filter.awaiting) : undefined,
        filter.text ? matching(filter.text) : undefined,
      ),
    )
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return toPage(rows, page, (row) => row.requestId);
}

/** How much of a prompt is searched, in characters: what a list costs does not grow with the largest prompts. */
const searchedChars = 20_000;

function matching(text: string) {
  const pattern = containing(text);
  const prompt = sql`exists (select from ${messages} where ${messages.tenantId} = ${requests.tenantId}
    and ${messages.requestId} = ${requests.requestId} and ${messages.kind} = 'prompt' and left(${messages.body}, ${searchedChars}::int) ilike ${pattern})`;
  return or(ilike(requests.title, pattern), eq(requests.requestId, text), prompt);
}

/** What an overview shows of an open request: its summary, and the gate that it waits at. */
export type OpenRequest = RequestSummary & { gate: Gate | null };

/**
 * Open requests that wait for a person (`waiting`) or go on by themselves; those that stand longest first. `after` is the last row
 * of the page before, of those that wait.
 */
export async function listStanding(
  tx: Tx,
  input: { waiting: boolean; projectId?: string; limit: number; after?: OpenRequest },
): Promise<OpenRequest[]> {
  const { after } = input;
  const since = sql`coalesce((${requests.awaiting} ->> 'sinceMs')::float8, extract(epoch from ${requests.createdAt}) * 1000)`;
  const kind = sql`coalesce(${requests.awaiting} ->> 'kind', 'slot')`;
  return tx
    .select({ ...summaryColumns, gate: sql<Gate | null>`${snapshotColumn} #> '{status,gate}'` })
    .from(requests)
    .where(
      and(
        isNull(requests.closedAt),
        input.waiting ? sql`${kind} <> 'slot'` : sql`${kind} = 'slot'`,
        input.projectId ? eq(requests.projectId, input.projectId) : undefined,
        after?.awaiting ? sql`(${since}, ${requests.requestId}) > (${after.awaiting.sinceMs}::float8, ${after.requestId})` : undefined,
      ),
    )
    .orderBy(since, requests.requestId)
    .limit(input.limit);
}

/** Open requests of every tenant that the role sees, by id, a page after `after` at a time: for the housekeeper. */
export async function listOpenRequests(
  tx: Tx,
  page: { after: string | null; limit: number },
): Promise<Pick<RequestRow, 'tenantId' | 'requestId' | 'stage' | 'updatedAt'>[]> {
  return tx
    .select({ tenantId: requests.tenantId, requestId: requests.requestId, stage: requests.stage, updatedAt: requests.updatedAt })
    .from(requests)
    .where(and(isNull(requests.closedAt), page.after === null ? undefined : gt(requests.requestId, page.after)))
    .orderBy(requests.requestId)
    .limit(page.limit);
}

/** Which run of its workflow, by Temporal's id, wrote each request's projection; null before the first write. */
export async function writersOf(tx: Tx, requestIds: string[]): Promise<Map<string, string | null>> {
  if (requestIds.length === 0) return new Map();
  const writtenBy = sql<string | null>`${snapshotColumn} ->> 'writtenBy'`;
  const rows = await tx.select({ requestId: requests.requestId, writtenBy }).from(requests).where(inArray(requests.requestId, requestIds));
  return new Map(rows.map((row) => [row.requestId, row.writtenBy]));
}

/** Those of the ids that are requests of this tenant. */
export async function knownRequestIds(tx: Tx, requestIds: string[]): Promise<Set<string>> {
  if (requestIds.length === 0) return new Set();
  const rows = await tx.select({ requestId: requests.requestId }).from(requests).where(inArray(requests.requestId, requestIds));
  return new Set(rows.map(({ requestId }) => requestId));
}
