import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { CheckResult, DiffStat, MergeRequestRef } from '../workflows/contracts/request.ts';
import { keyset, toPage, type Page, type PageInput } from './keyset.ts';
import type { Tx } from './port.ts';
import { mergeRequestNotes, mergeRequests, reviews, runs } from './schema.ts';

export type MergeRequestRow = typeof mergeRequests.$inferSelect;
/** With what is known of the published commit: the run that made it (null for none), its size, checks and review. */
export type MergeRequestView = MergeRequestRow & {
  runId: string | null;
  stat: DiffStat | null;
  checks: CheckResult[];
  reviewed: { verdict: string | null; findings: number } | null;
};
export type MergeRequestNoteRow = typeof mergeRequestNotes.$inferSelect;

/** Inserts or updates by mergeRequestId: title, description, ref and state. */
export async function upsertMergeRequest(
  tx: Tx,
  input: { tenantId: string; requestId: string; projectId: string; title: string; description: string; ref: MergeRequestRef },
): Promise<MergeRequestRow> {
  const { ref, ...rest } = input;
  const [row] = await tx
    .insert(mergeRequests)
    .values({ ...rest, mergeRequestId: ref.mergeRequestId, forge: ref.forge, number: ref.number, ref, state: ref.state })
    .onConflictDoUpdate({
      target: mergeRequests.mergeRequestId,
      set: {
        title: sql`excluded.title`,
        description: sql`excluded.description`,
        ref: sql`excluded.ref`,
        state: sql`excluded.state`,
        updatedAt: sql`clock_timestamp()`,
      },
    })
    .returning();
  if (!row) throw new Error('a merge request was neither inserted nor updated');
  return row;
}

/** The number of the project's next merge request, for the local forge; others of the project wait until the transaction ends. */
export async function nextMergeRequestNumber(tx: Tx, projectId: string): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`merge-request/${projectId}`}, 0))`);
  const [row] = await tx
    .select({ last: sql<number>`coalesce(max(${mergeRequests.number}), 0)::int` })
    .from(mergeRequests)
    .where(eq(mergeRequests.projectId, projectId));
  return (row?.last ?? 0) + 1;
}

/** The first run that made the commit: a later one without changes stands at it too. */
const maker = (column: ReturnType<typeof sql>) => sql`(select ${column} from ${runs}
  where ${runs.tenantId} = ${mergeRequests.tenantId} and ${runs.requestId} = ${mergeRequests.requestId}
    and ${runs.checkpoint} ->> 'commit' = ${mergeRequests.ref} ->> 'commit' order by ${runs.ordinal} limit 1)`;
/** The last complete review of the published commit. */
const review = sql`(select jsonb_build_object('verdict', ${reviews.verdict}, 'findings', jsonb_array_length(${reviews.findings}))
  from ${reviews} where ${reviews.tenantId} = ${mergeRequests.tenantId} and ${reviews.requestId} = ${mergeRequests.requestId}
    and ${reviews.commit} = ${mergeRequests.ref} ->> 'commit' and ${reviews.status} = 'completed'
  order by ${reviews.createdAt} desc limit 1)`;
const viewColumns = {
  ...getTableColumns(mergeRequests),
  runId: sql<string | null>`${maker(sql`${runs.runId}`)}`,
  stat: sql<DiffStat | null>`${maker(sql`${runs.checkpoint} -> 'stat'`)}`,
  checks: sql<CheckResult[]>`coalesce(${maker(sql`${runs.checks}`)}, '[]'::jsonb)`,
  reviewed: sql<MergeRequestView['reviewed']>`${review}`,
};

/** Null when there is none in this tenant. */
export async function viewMergeRequest(tx: Tx, mergeRequestId: string): Promise<MergeRequestView | null> {
  const [row] = await tx.select(viewColumns).from(mergeRequests).where(eq(mergeRequests.mergeRequestId, mergeRequestId));
  return row ?? null;
}

/** Null when there is none in this tenant. */
export async function getMergeRequest(tx: Tx, mergeRequestId: string): Promise<MergeRequestRow | null> {
  const [row] = await tx.select().from(mergeRequests).where(eq(mergeRequests.mergeRequestId, mergeRequestId));
  return row ?? null;
}

/** The newest merge request of a request; null for none. */
export async function getMergeRequestOfRequest(tx: Tx, requestId: string): Promise<MergeRequestRow | null> {
  const [row] = await tx
    .select()
    .from(mergeRequests)
    .where(eq(mergeRequests.requestId, requestId))
    .orderBy(sql`${mergeRequests.createdAt} desc`)
    .limit(1);
  return row ?? null;
}

/** Newest first. */
export async function listMergeRequests(
  tx: Tx,
  input: PageInput & { projectId?: string; requestId?: string; state?: MergeRequestRow['state'] },
): Promise<Page<MergeRequestView>> {
  const page = keyset(mergeRequests.createdAt, mergeRequests.mergeRequestId, input);
  const rows = await tx
    .select({ at: page.at, row: viewColumns })
    .from(mergeRequests)
    .where(
      and(
        page.where,
        input.projectId ? eq(mergeRequests.projectId, input.projectId) : undefined,
        input.requestId ? eq(mergeRequests.requestId, input.requestId) : undefined,
        input.state ? eq(mergeRequests.state, input.state) : undefined,
      ),
    )
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return toPage(rows, page, (row) => row.mergeRequestId);
}

/** Adds a remark once by (merge request, fingerprint); answers whether it was new. */
export async function insertNote(tx: Tx, note: Omit<MergeRequestNoteRow, 'createdAt'>): Promise<boolean> {
  const inserted = await tx.insert(mergeRequestNotes).values(note).onConflictDoNothing().returning({ noteId: mergeRequestNotes.noteId });
  return inserted.length === 1;
}

/** The remarks on a merge request, oldest first. */
export async function listNotes(tx: Tx, mergeRequestId: string): Promise<MergeRequestNoteRow[]> {
  return tx
    .select()
    .from(mergeRequestNotes)
    .where(eq(mergeRequestNotes.mergeRequestId, mergeRequestId))
    .orderBy(mergeRequestNotes.createdAt, mergeRequestNotes.noteId);
}
