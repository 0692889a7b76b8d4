import { eq, inArray, sql } from 'drizzle-orm';
import { Role, type Principal } from '../workflows/contracts/principal.ts';
import type { Tx } from './port.ts';
import { principals } from './schema.ts';

type PrincipalRow = typeof principals.$inferSelect;

function toPrincipal(row: PrincipalRow): Principal {
  return { id: row.principalId, tenantId: row.tenantId, name: row.name, email: row.email, roles: Role.array().parse(row.roles) };
}

/** Inserts or updates name, email and roles. */
export async function upsertPrincipal(tx: Tx, principal: Principal): Promise<void> {
  await tx
    .insert(principals)
    .values({
      tenantId: principal.tenantId,
      principalId: principal.id,
      name: principal.name,
      email: principal.email,
      roles: principal.roles,
    })
    .onConflictDoUpdate({
      target: [principals.tenantId, principals.principalId],
      set: { name: sql`excluded.name`, email: sql`excluded.email`, roles: sql`excluded.roles` },
    });
}

/** Null when there is none in this tenant. */
export async function getPrincipal(tx: Tx, principalId: string): Promise<Principal | null> {
  const [row] = await tx.select().from(principals).where(eq(principals.principalId, principalId));
  return row ? toPrincipal(row) : null;
}

/** Those that exist, as they are now: for reading voters' roles again. */
export async function getPrincipals(tx: Tx, principalIds: string[]): Promise<Principal[]> {
  if (principalIds.length === 0) return [];
  const rows = await tx.select().from(principals).where(inArray(principals.principalId, principalIds));
  return rows.map(toPrincipal);
}

/** Everyone of the tenant by name, at most `limit`. */
export async function listPrincipals(tx: Tx, limit: number): Promise<Principal[]> {
  const rows = await tx.select().from(principals).orderBy(principals.name, principals.principalId).limit(limit);
  return rows.map(toPrincipal);
}
