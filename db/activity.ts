import { and, eq } from 'drizzle-orm';
import { v7 } from 'uuid';
import { keyset, toPage, type Page, type PageInput } from './keyset.ts';
import type { Tx } from './port.ts';
import { activity } from './schema.ts';

export type ActivityRow = typeof activity.$inferSelect;
export type NewActivity = Omit<ActivityRow, 'activityId' | 'createdAt'> & { activityId?: string };

/** One visible act; with an `activityId` of the caller's it is recorded once. */
export async function recordActivity(tx: Tx, act: NewActivity): Promise<void> {
  await tx
    .insert(activity)
    .values({ ...act, activityId: act.activityId ?? v7() })
    .onConflictDoNothing();
}

/** Newest first, of the tenant or of one request. */
export async function listActivity(tx: Tx, input: PageInput & { requestId?: string }): Promise<Page<ActivityRow>> {
  const page = keyset(activity.createdAt, activity.activityId, input);
  const rows = await tx
    .select({ at: page.at, row: activity })
    .from(activity)
    .where(and(page.where, input.requestId ? eq(activity.requestId, input.requestId) : undefined))
    .orderBy(...page.orderBy)
    .limit(page.limit);
  return toPage(rows, page, (row) => row.activityId);
}
