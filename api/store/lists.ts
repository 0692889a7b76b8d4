import { and, asc, desc, eq } from 'drizzle-orm';
import type { Tx } from '../../db/port.ts';
import { activity, artifacts, mergeRequestNotes, mergeRequests, reviews, runs } from '../../db/schema.ts';
import { notFound } from '../problem.ts';
import type { MergeRequest } from '../schemas/others.ts';
import type { RunSummary } from '../schemas/runs.ts';
import { keyset, pageOfRows, type PageInput } from './cursor.ts';
import { showMergeRequest, showReview, showRun } from './show.ts';

/** Runs, newest first. */
export async function listRuns(tx: Tx, filter: PageInput & { requestId?: string | undefined; status?: RunSummary['status'] | undefined }) {
  const page = keyset(runs.createdAt, runs.runId, filter, [
    filter.requestId === undefined ? undefined : eq(runs.requestId, filter.requestId),
    filter.status && eq(runs.status, filter.status),
  ]);
  const rows = await tx
    .select({ run: runs, position: page.position })
    .from(runs)
    .where(page.where)
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return pageOfRows(
    rows,
    filter.limit,
    ({ run }) => run.runId,
    ({ run }) => showRun(run),
  );
}

/** One run and its project; DomainError `not-found`. */
export async function readRun(tx: Tx, runId: string): Promise<RunSummary> {
  const [row] = await tx.select().from(runs).where(eq(runs.runId, runId)).limit(1);
  if (!row) throw notFound('run', runId);
  return showRun(row);
}

/** Merge requests, newest first. */
export async function listMergeRequests(
  tx: Tx,
  filter: PageInput & { state?: MergeRequest['state'] | undefined; projectId?: string | undefined; requestId?: string | undefined },
) {
  const page = keyset(mergeRequests.createdAt, mergeRequests.mergeRequestId, filter, [
    filter.state && eq(mergeRequests.state, filter.state),
    filter.projectId === undefined ? undefined : eq(mergeRequests.projectId, filter.projectId),
    filter.requestId === undefined ? undefined : eq(mergeRequests.requestId, filter.requestId),
  ]);
  const rows = await tx
    .select({ row: mergeRequests, position: page.position })
    .from(mergeRequests)
    .where(page.where)
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return pageOfRows(
    rows,
    filter.limit,
    ({ row }) => row.mergeRequestId,
    ({ row }) => showMergeRequest(row),
  );
}

/** A merge request with its notes, and the review of its commit or else the latest; DomainError `not-found`. */
export async function readMergeRequest(tx: Tx, mergeRequestId: string) {
  const [row] = await tx.select().from(mergeRequests).where(eq(mergeRequests.mergeRequestId, mergeRequestId)).limit(1);
  if (!row) throw notFound('merge request', mergeRequestId);
  const notes = await tx
    .select()
    .from(mergeRequestNotes)
    .where(eq(mergeRequestNotes.mergeRequestId, mergeRequestId))
    .orderBy(asc(mergeRequestNotes.createdAt), asc(mergeRequestNotes.noteId));
  const ofRequest = await tx.select().from(reviews).where(eq(reviews.requestId, row.requestId)).orderBy(desc(reviews.createdAt)).limit(20);
  const review = ofRequest.find(({ commit }) => commit === row.ref.commit) ?? ofRequest[0];
  return {
    ...showMergeRequest(row),
    notes: notes.map(({ noteId, author, path, line, body, createdAt }) => ({
      noteId,
      author,
      path,
      line,
      body,
      createdAtMs: createdAt.getTime(),
    })),
    review: review ? showReview(review) : null,
  };
}

/** Who did what, newest first. */
export async function listActivity(tx: Tx, filter: PageInput & { requestId?: string | undefined }) {
  const page = keyset(activity.createdAt, activity.activityId, filter, [
    filter.requestId === undefined ? undefined : eq(activity.requestId, filter.requestId),
  ]);
  const rows = await tx
    .select({ row: activity, position: page.position })
    .from(activity)
    .where(page.where)
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return pageOfRows(
    rows,
    filter.limit,
    ({ row }) => row.activityId,
    ({ row: { tenantId: _tenantId, createdAt, ...rest } }) => ({ ...rest, createdAtMs: createdAt.getTime() }),
  );
}

/** Size and media type of an uploaded attachment; null when there is none of that id. */
export async function findAttachment(tx: Tx, artifactId: string): Promise<{ mediaType: string; sizeBytes: number } | null> {
  const [row] = await tx
    .select({ mediaType: artifacts.mediaType, sizeBytes: artifacts.sizeBytes })
    .from(artifacts)
    .where(and(eq(artifacts.artifactId, artifactId), eq(artifacts.kind, 'attachment')))
    .limit(1);
  return row ?? null;
}
