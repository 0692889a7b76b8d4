import { and, eq, notInArray, sql } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { inbox } from './schema.ts';

export type InboxRow = typeof inbox.$inferSelect;
export type NewInboxRow = Pick<InboxRow, 'tenantId' | 'inboxId' | 'source' | 'deliveryId' | 'requestId' | 'kind' | 'payload'>;

const firstBackoffMs = 1_000;
/** Short, so that what waited for Temporal or a worker arrives soon after they are back. */
const longestBackoffMs = 10_000;

/**
 * Inserts once by (tenant, source, delivery id); a repeated delivery answers the row that is there. `relayAfterMs` is how long
 * the relay leaves it to whoever inserted it.
 */
export async function insertInbox(tx: Tx, row: NewInboxRow, relayAfterMs = 0): Promise<{ row: InboxRow; duplicate: boolean }> {
  const [inserted] = await tx
    .insert(inbox)
    .values({ ...row, nextAttemptAt: sql`clock_timestamp() + ${relayAfterMs}::float8 * interval '1 millisecond'` })
    .onConflictDoNothing()
    .returning();
  if (inserted) return { row: inserted, duplicate: false };
  const existing = await findDelivery(tx, row);
  if (!existing) throw new Error('an inbox row conflicts by its id with another delivery');
  return { row: existing, duplicate: true };
}

/** The row of a delivery that came before; null for a new one. */
export async function findDelivery(tx: Tx, of: Pick<InboxRow, 'tenantId' | 'source' | 'deliveryId'>): Promise<InboxRow | null> {
  const [row] = await tx
    .select()
    .from(inbox)
    .where(and(eq(inbox.tenantId, of.tenantId), eq(inbox.source, of.source), eq(inbox.deliveryId, of.deliveryId)));
  return row ?? null;
}

/** Words for the agent, which reach it in the order in which they were sent. A vote or a cancel waits behind nothing. */
const wordKinds = ['chat', 'amend'];

/** Whether a row holds words for the agent. */
export function isWords({ kind }: Pick<InboxRow, 'kind'>): boolean {
  return wordKinds.includes(kind);
}

/** Whether a row holds words that must wait, since an older message of their request has not arrived. */
export async function waitsBehind(tx: Tx, row: Pick<InboxRow, 'inboxId'>): Promise<boolean> {
  const [found] = await tx
    .select({ inboxId: inbox.inboxId })
    .from(inbox)
    .where(and(eq(inbox.inboxId, row.inboxId), sql`not ${mayGo}`));
  return found !== undefined;
}

const mayGo = sql`(${notInArray(inbox.kind, wordKinds)} or not exists (
  select from inbox as older where older.tenant_id = ${inbox.tenantId} and older.request_id = ${inbox.requestId}
    and older.state = 'pending' and (older.created_at, older.inbox_id) < (${inbox.createdAt}, ${inbox.inboxId})))`;

/**
 * Takes up to `limit` due rows and puts their next attempt off (1 s, 2 s, … 10 s), so that a claimer that dies loses nothing and
 * two never hold the same row. Oldest first; words never before an older row of their request is done. For the relay, whose transaction ends before it delivers.
 */
export async function claimDueInbox(tx: Tx, limit: number): Promise<InboxRow[]> {
  const due = tx
    .select({ inboxId: inbox.inboxId })
    .from(inbox)
    .where(and(eq(inbox.state, 'pending'), sql`${inbox.nextAttemptAt} <= clock_timestamp()`, mayGo))
    .orderBy(inbox.nextAttemptAt)
    .limit(limit)
    .for('update', { skipLocked: true });
  const rows = await tx
    .update(inbox)
    .set({
      attempts: sql`${inbox.attempts} + 1`,
      nextAttemptAt: sql`clock_timestamp() + least(${firstBackoffMs}::float8 * 2 ^ least(${inbox.attempts}, 20), ${longestBackoffMs}::float8) * interval '1 millisecond'`,
    })
    .where(sql`${inbox.inboxId} in (select inbox_id from ${sql`(${due}) as due`})`)
    .returning();
  return rows.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.inboxId < b.inboxId ? -1 : 1));
}

/** The workflow acknowledged it. */
export async function markInboxDelivered(tx: Tx, inboxId: string): Promise<void> {
  await tx
    .update(inbox)
    .set({ state: 'delivered' })
    .where(and(eq(inbox.inboxId, inboxId), eq(inbox.state, 'pending')));
}

/** The workflow refused it for good; the sender is told `rejection`. */
export async function markInboxRejected(tx: Tx, inboxId: string, rejection: { code: string; message: string }): Promise<void> {
  await tx
    .update(inbox)
    .set({ state: 'rejected', rejection })
    .where(and(eq(inbox.inboxId, inboxId), eq(inbox.state, 'pending')));
}

/** Null when there is none that the role sees. */
export async function getInbox(tx: Tx, inboxId: string): Promise<InboxRow | null> {
  const [row] = await tx.select().from(inbox).where(eq(inbox.inboxId, inboxId));
  return row ?? null;
}

/** Has the relay deliver a request's submit again; false when there is none that was delivered. */
export async function resubmit(tx: Tx, requestId: string): Promise<boolean> {
  const rows = await tx
    .update(inbox)
    .set({ state: 'pending', nextAttemptAt: sql`clock_timestamp()` })
    .where(and(eq(inbox.requestId, requestId), eq(inbox.kind, 'submit'), eq(inbox.state, 'delivered')))
    .returning({ inboxId: inbox.inboxId });
  return rows.length > 0;
}
