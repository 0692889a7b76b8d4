import { sql } from 'drizzle-orm';
import type { Tx } from './port.ts';

/** How many months beyond this one have their partition of `events` ahead of time. */
export const eventPartitionMonths = 3;

/** Makes the partitions of `events` for this month and the next ones; answers how many are new. Housekeeper only. */
export async function ensureEventPartitions(tx: Tx): Promise<number> {
  const [row] = await tx.execute<{ made: number }>(sql`select astraforge_ensure_event_partitions(${eventPartitionMonths}) as made`);
  return row?.made ?? 0;
}
