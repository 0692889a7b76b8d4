import { and, eq, gt, lt, sql, type SQL } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { gateways } from './schema.ts';

export type GatewayRow = typeof gateways.$inferSelect;
/** What a gateway says of itself. */
export type GatewayCard = Omit<typeof gateways.$inferInsert, 'startedAt' | 'leaseUntil'>;

const forgottenMs = 24 * 60 * 60_000;

/** Nobody else registers until the transaction ends, so that what is read of the others holds. Fails when another takes longer than 2 s. */
export async function lockGateways(tx: Tx): Promise<void> {
  await limitWaits(tx);
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

/** Registers a gateway with a lease that ends `leaseMs` from now; forgets those that were silent for a day. */
export async function putGateway(tx: Tx, card: GatewayCard, leaseMs: number): Promise<void> {
  await tx.delete(gateways).where(lt(gateways.leaseUntil, fromNow(-forgottenMs)));
  const leaseUntil = fromNow(leaseMs);
  await tx
    .insert(gateways)
    .values({ ...card, leaseUntil })
    .onConflictDoUpdate({ target: gateways.gatewayId, set: { ...card, leaseUntil } });
}

/** Renews the lease of a gateway; false when its row is gone or another process has it by now. Waits for nobody who registers. */
export async function renewGateway(tx: Tx, card: GatewayCard, leaseMs: number): Promise<boolean> {
  await limitWaits(tx);
  const renewed = await tx
    .update(gateways)
    .set({ leaseUntil: fromNow(leaseMs) })
    .where(rowOf(card))
    .returning({ gatewayId: gateways.gatewayId });
  return renewed.length > 0;
}

/** Takes a gateway's row away, unless another process has it by now. */
export async function removeGateway(tx: Tx, gateway: Pick<GatewayCard, 'gatewayId' | 'instance'>): Promise<void> {
  await limitWaits(tx);
  await tx.delete(gateways).where(rowOf(gateway));
}

function rowOf({ gatewayId, instance }: Pick<GatewayCard, 'gatewayId' | 'instance'>): SQL | undefined {
  return and(eq(gateways.gatewayId, gatewayId), eq(gateways.instance, instance));
}

/** What a lease of seconds is renewed by must not wait for long: it fails, and is done again. */
async function limitWaits(tx: Tx): Promise<void> {
  await tx.execute(sql`select set_config('lock_timeout', '2s', true), set_config('statement_timeout', '5s', true)`);
}

function fromNow(ms: number): SQL {
  return sql`clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`;
}
