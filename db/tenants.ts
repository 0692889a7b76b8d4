import { eq } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { tenants } from './schema.ts';

export type TenantRow = typeof tenants.$inferSelect;

/** Inserts the tenant unless it is there; an existing one keeps its name and slots. */
export async function ensureTenant(tx: Tx, input: { tenantId: string; name: string; slots?: number }): Promise<void> {
  await tx.insert(tenants).values(input).onConflictDoNothing();
}

/** How many runs of the tenant work at once, from the next grant on. */
export async function setTenantSlots(tx: Tx, tenantId: string, slots: number): Promise<void> {
  await tx.update(tenants).set({ slots }).where(eq(tenants.tenantId, tenantId));
}
