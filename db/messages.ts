import { and, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { messages } from './schema.ts';

export type MessageRow = typeof messages.$inferSelect;
export type NewMessage = Omit<typeof messages.$inferInsert, 'disposition' | 'sentAt' | 'createdAt'>;

/** Inserts once by messageId; answers whether it was new. */
export async function insertMessage(tx: Tx, message: NewMessage): Promise<boolean> {
  const inserted = await tx.insert(messages).values(message).onConflictDoNothing().returning({ messageId: messages.messageId });
  return inserted.length === 1;
}

/** The conversation, oldest first. */
export async function listMessages(tx: Tx, requestId: string): Promise<MessageRow[]> {
  return tx.select().from(messages).where(eq(messages.requestId, requestId)).orderBy(messages.createdAt, messages.messageId);
}

/** In the order of `messageIds`; those that do not exist are left out. */
export async function getMessages(tx: Tx, messageIds: string[]): Promise<MessageRow[]> {
  if (messageIds.length === 0) return [];
  const rows = await tx.select().from(messages).where(inArray(messages.messageId, messageIds));
  const byId = new Map(rows.map((row) => [row.messageId, row]));
  return messageIds.flatMap((id) => byId.get(id) ?? []);
}

/** How messages reached the agent, and by which run. One that was withdrawn stays so, and only a fresh one becomes queued. */
export async function setDisposition(
  tx: Tx,
  messageIds: string[],
  disposition: Exclude<MessageRow['disposition'], 'withdrawn'>,
  runId?: string,
): Promise<void> {
  if (messageIds.length === 0) return;
  const from = disposition === 'queued' ? eq(messages.disposition, 'accepted') : ne(messages.disposition, 'withdrawn');
  await tx
    .update(messages)
    .set(runId === undefined ? { disposition } : { disposition, runId })
    .where(and(inArray(messages.messageId, messageIds), from));
}

/**
 * Notes that messages go into a workspace now, and answers them in the order asked for; those that were withdrawn before are
 * left out. After this no withdrawal succeeds until the agent said that it did not take one (`queued`).
 */
export async function sendMessages(tx: Tx, messageIds: string[]): Promise<MessageRow[]> {
  if (messageIds.length === 0) return [];
  await tx
    .update(messages)
    .set({ sentAt: sql`clock_timestamp()` })
    .where(and(inArray(messages.messageId, messageIds), ne(messages.disposition, 'withdrawn')));
  return (await getMessages(tx, messageIds)).filter(({ disposition }) => disposition !== 'withdrawn');
}

/** Withdraws a message that is not with the agent; answers how it stands then. Repeating it changes nothing. Null: no such message. */
export async function withdrawMessage(tx: Tx, messageId: string): Promise<MessageRow['disposition'] | null> {
  const isFree = or(eq(messages.disposition, 'queued'), and(eq(messages.disposition, 'accepted'), isNull(messages.sentAt)));
  await tx
    .update(messages)
    .set({ disposition: 'withdrawn' })
    .where(and(eq(messages.messageId, messageId), isFree));
  const [row] = await getMessages(tx, [messageId]);
  return row?.disposition ?? null;
}

/** Takes back a message that the workflow refused while its sender waited: nothing half-made stays. */
export async function deleteUnsentMessage(tx: Tx, messageId: string): Promise<void> {
  await tx.delete(messages).where(and(eq(messages.messageId, messageId), eq(messages.disposition, 'accepted')));
}
