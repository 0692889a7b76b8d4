import { eq } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { eventCounters } from './schema.ts';

/** The seq of the request's last event; 0 while it has none. */
export async function lastEventSeq(tx: Tx, requestId: string): Promise<number> {
  const [row] = await tx.select({ lastSeq: eventCounters.lastSeq }).from(eventCounters).where(eq(eventCounters.requestId, requestId));
  return row?.lastSeq ?? 0;
}
