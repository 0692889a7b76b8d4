import { and, eq, gt, lt, sql, type SQL } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { gateways } from './schema.ts';

export type GatewayRow = typeof gateways.$inferSelect;
/** What a gateway says of itself. */
export type GatewayCard = Omit<typeof gateways.$inferInsert, 'startedAt' | 'leaseUntil'>;

const forgottenMs = 24 * 60 * 60_000;

/** Nobody else registers until the transaction ends, so that what is read of the others holds. */
export async function lockGateways(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('astraforge.gateways', 0))`);
}

/** Gateways whose lease holds by the database's clock, by id. */
export async function listLivingGateways(tx: Tx): Promise<GatewayRow[]> {
  return tx
    .select()
    .from(gateways)
    .where(gt(gateways.leaseUntil, sql`clock_timestamp()`))
    .orderBy(gateways.gatewayId);
}

/** Registers a gateway or renews its lease, which ends `leaseMs` from now; forgets those that were silent for a day. */
export async function putGateway(tx: Tx, card: GatewayCard, leaseMs: number): Promise<void> {
  await tx.delete(gateways).where(lt(gateways.leaseUntil, fromNow(-forgottenMs)));
  const leaseUntil = fromNow(leaseMs);
  await tx
    .insert(gateways)
    .values({ ...card, leaseUntil })
    .onConflictDoUpdate({ target: gateways.gatewayId, set: { ...card, leaseUntil } });
}

/** Takes a gateway's row away, unless another process has it by now. */
export async function removeGateway(tx: Tx, { gatewayId, instance }: Pick<GatewayCard, 'gatewayId' | 'instance'>): Promise<void> {
  await tx.delete(gateways).where(and(eq(gateways.gatewayId, gatewayId), eq(gateways.instance, instance)));
}

function fromNow(ms: number): SQL {
  return sql`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;
}
