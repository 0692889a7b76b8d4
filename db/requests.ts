import { and, eq, getTableColumns, ilike, inArray, isNull, or, sql } from 'drizzle-orm';
import { terminalStages, type RequestInput, type RequestSnapshot, type Stage } from '../workflows/contracts/request.ts';
import { containing, keyset, toPage, type Page, type PageInput } from './keyset.ts';
import type { Tx } from './port.ts';
import { requests } from './schema.ts';

export type RequestRow = typeof requests.$inferSelect;
/** A list's row: everything but the snapshot. */
export type RequestSummary = Omit<RequestRow, 'snapshot'>;

const { snapshot: snapshotColumn, ...summaryColumns } = getTableColumns(requests);

/** The row of a request just accepted, before its workflow wrote anything; nothing when it is there. */
export async function insertRequest(tx: Tx, input: RequestInput): Promise<void> {
  await tx
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
    .onConflictDoNothing();
}

/** Stores the projection unless one of the same or a later (epoch, version) is there; answers whether it did. */
export async function storeSnapshot(tx: Tx, snapshot: RequestSnapshot): Promise<boolean> {
  const { input, status } = snapshot;
  const projection = {
    stage: status.stage,
    awaiting: status.awaiting,
    outcome: status.outcome,
    epoch: snapshot.epoch,
    version: snapshot.version,
    snapshot,
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
  return stored.length === 1;
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
  /** Part of the title in any case, or the request's id. */
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
        filter.text ? or(ilike(requests.title, containing(filter.text)), eq(requests.requestId, filter.text)) : undefined,
      ),
    )
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return toPage(rows, page, (row) => row.requestId);
}

/** Requests that are not closed, of every tenant that the role sees: for the housekeeper, oldest first. */
export async function listOpenRequests(
  tx: Tx,
  limit: number,
): Promise<Pick<RequestRow, 'tenantId' | 'requestId' | 'stage' | 'updatedAt'>[]> {
  return tx
    .select({ tenantId: requests.tenantId, requestId: requests.requestId, stage: requests.stage, updatedAt: requests.updatedAt })
    .from(requests)
    .where(isNull(requests.closedAt))
    .orderBy(requests.createdAt)
    .limit(limit);
}

/** Those of the ids that are requests of this tenant. */
export async function knownRequestIds(tx: Tx, requestIds: string[]): Promise<Set<string>> {
  if (requestIds.length === 0) return new Set();
  const rows = await tx.select({ requestId: requests.requestId }).from(requests).where(inArray(requests.requestId, requestIds));
  return new Set(rows.map(({ requestId }) => requestId));
}
