import type { Database } from '../db/port.ts';
import { getPrincipal, upsertPrincipal } from '../db/principals.ts';
import { ensureTenant, setTenantSlots } from '../db/tenants.ts';

/** Tenant and principal of an installation without an identity provider: the start-up token stands for this owner. */
export const tenantId = 'default';
export const ownerId = 'owner';

/** Makes tenant and owner where they are missing and sets the tenant's slots; what somebody changed of the owner stays. */
export async function bootstrapTenant(database: Database, slots: number): Promise<void> {
  await database.withTenant(tenantId, async (tx) => {
    await ensureTenant(tx, { tenantId, name: 'Default', slots });
    await setTenantSlots(tx, tenantId, slots);
    if (await getPrincipal(tx, ownerId)) return;
    await upsertPrincipal(tx, { id: ownerId, tenantId, name: 'Owner', email: 'owner@localhost', roles: ['admin'] });
  });
}
