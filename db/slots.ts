import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { Tx } from './port.ts';
import { runs, slots, tenants } from './schema.ts';

export type SlotRow = typeof slots.$inferSelect;

export interface SlotHolder {
  tenantId: string;
  holder: string;
}

/**
 * Takes a place at work or queues for one, in one transaction under the tenant's row lock. Repeating it changes nothing.
 * `granted`: others that got a place by this and are to be signalled. Throws DomainError `tenant-unknown`.
 */
export async function acquireSlot(
  tx: Tx,
  input: SlotHolder & { leaseMs: number },
): Promise<{ slot: 'granted' | 'queued'; granted: string[] }> {
  const places = await lockTenant(tx, input.tenantId);
  await tx
    .insert(slots)
    .values({ tenantId: input.tenantId, holder: input.holder, queuedAt: sql`clock_timestamp()` })
    .onConflictDoNothing();
  const granted = await grantOldest(tx, input.tenantId, places, input.leaseMs);
  const [row] = await tx.select({ grantedAt: slots.grantedAt }).from(slots).where(eq(slots.holder, input.holder));
  return { slot: row?.grantedAt ? 'granted' : 'queued', granted: granted.filter((holder) => holder !== input.holder) };
}

/** Gives a place (or a place in the queue) back; answers who got one by it and is to be signalled. Harmless when repeated. */
export async function releaseSlot(tx: Tx, input: SlotHolder & { leaseMs: number }): Promise<{ granted: string[] }> {
  const places = await lockTenant(tx, input.tenantId);
  await tx.delete(slots).where(and(eq(slots.tenantId, input.tenantId), eq(slots.holder, input.holder)));
  return { granted: await grantOldest(tx, input.tenantId, places, input.leaseMs) };
}

/** Extends the lease; false when the holder has no place (any more). */
export async function renewSlot(tx: Tx, holder: string, leaseMs: number): Promise<boolean> {
  const renewed = await tx
    .update(slots)
    .set({ leaseUntil: leaseEnd(leaseMs) })
    .where(and(eq(slots.holder, holder), isNotNull(slots.grantedAt)))
    .returning({ holder: slots.holder });
  return renewed.length === 1;
}

/**
 * The housekeeper's round: takes the places of `gone` holders (asked after before) whose leases are lapsed still, and grants every free
 * place of every tenant (also those that a raised number of slots made). Signal `granted`.
 */
export async function expireSlots(
  tx: Tx,
  input: { leaseMs: number; gone: readonly string[] },
): Promise<{ expired: SlotHolder[]; granted: SlotHolder[] }> {
  const expired: SlotHolder[] = [];
  const granted: SlotHolder[] = [];
  const busy = await tx.selectDistinct({ tenantId: slots.tenantId }).from(slots).orderBy(slots.tenantId);
  for (const { tenantId } of busy) {
    const places = await lockTenant(tx, tenantId);
    const lapsed = await tx
      .select({ holder: slots.holder })
      .from(slots)
      .where(and(eq(slots.tenantId, tenantId), sql`${slots.leaseUntil} < clock_timestamp()`));
    const gone = lapsed.map(({ holder }) => holder).filter((holder) => input.gone.includes(holder));
    if (gone.length > 0) await tx.delete(slots).where(inArray(slots.holder, gone));
    expired.push(...gone.map((holder) => ({ tenantId, holder })));
    for (const holder of await grantOldest(tx, tenantId, places, input.leaseMs)) granted.push({ tenantId, holder });
  }
  return { expired, granted };
}

/** Holders with a place whose run still waits: their signal may have been lost, so the housekeeper signals them again. */
export async function listUnsignalledGrants(tx: Tx): Promise<SlotHolder[]> {
  return tx
    .select({ tenantId: slots.tenantId, holder: slots.holder })
    .from(slots)
    .innerJoin(runs, eq(runs.runId, slots.holder))
    .where(and(isNotNull(slots.grantedAt), eq(runs.status, 'waiting')));
}

/** Places in use and the queue, oldest first, of every tenant that the role sees. */
export async function listSlots(tx: Tx): Promise<SlotRow[]> {
  return tx.select().from(slots).orderBy(slots.tenantId, slots.queuedAt, slots.holder);
}

/** Where a request's run stands in the queue for a place, from 1; null when none of its runs waits. */
export async function queuePlaceOf(tx: Tx, requestId: string): Promise<{ position: number; total: number } | null> {
  const [row] = await tx.execute<{ position: number; total: number }>(sql`
    select queue.position, queue.total from (
      select ${slots.holder} as holder, (row_number() over (order by ${slots.queuedAt}, ${slots.holder}))::int as position,
        (count(*) over ())::int as total
      from ${slots} where ${slots.grantedAt} is null
    ) as queue
    join ${runs} on ${runs.runId} = queue.holder where ${runs.requestId} = ${requestId} limit 1`);
  return row ? { position: row.position, total: row.total } : null;
}

/** Serialises everything about a tenant's slots until the transaction ends; answers how many it has. */
async function lockTenant(tx: Tx, tenantId: string): Promise<number> {
  const [tenant] = await tx.select({ slots: tenants.slots }).from(tenants).where(eq(tenants.tenantId, tenantId)).for('update');
  if (!tenant) throw new DomainError('permanent', 'tenant-unknown', `There is no tenant "${tenantId}"; create it before its runs start.`);
  return tenant.slots;
}

/** Call with the tenant locked: grants free places to the oldest in the queue. */
async function grantOldest(tx: Tx, tenantId: string, places: number, leaseMs: number): Promise<string[]> {
  const inUse = sql`(select count(*) from ${slots} where ${slots.tenantId} = ${tenantId} and ${slots.grantedAt} is not null)`;
  const next = sql`(select ${slots.holder} from ${slots} where ${slots.tenantId} = ${tenantId} and ${slots.grantedAt} is null
    order by ${slots.queuedAt}, ${slots.holder} limit greatest(0, ${places}::bigint - ${inUse}))`;
  const granted = await tx
    .update(slots)
    .set({ grantedAt: sql`clock_timestamp()`, leaseUntil: leaseEnd(leaseMs) })
    .where(sql`${slots.holder} in ${next}`)
    .returning({ holder: slots.holder });
  return granted.map(({ holder }) => holder);
}

function leaseEnd(leaseMs: number) {
  return sql`clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'`;
}
