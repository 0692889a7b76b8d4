import { and, eq, inArray } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { messages } from './schema.ts';

export type MessageRow = typeof messages.$inferSelect;
export type NewMessage = Omit<typeof messages.$inferInsert, 'disposition' | 'createdAt'>;

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

/** How messages reached the agent, and by which run. */
export async function setDisposition(tx: Tx, messageIds: string[], disposition: MessageRow['disposition'], runId?: string): Promise<void> {
  if (messageIds.length === 0) return;
  await tx
    .update(messages)
    .set(runId === undefined ? { disposition } : { disposition, runId })
    .where(inArray(messages.messageId, messageIds));
}

/** Takes back a message that the workflow refused while its sender waited: nothing half-made stays. */
export async function deleteUnsentMessage(tx: Tx, messageId: string): Promise<void> {
  await tx.delete(messages).where(and(eq(messages.messageId, messageId), eq(messages.disposition, 'accepted')));
}
