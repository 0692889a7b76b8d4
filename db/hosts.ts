import { lt, sql } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { hosts } from './schema.ts';

export type HostRow = typeof hosts.$inferSelect;

/** Registers a machine or says that it lives. */
export async function heartbeatHost(tx: Tx, host: { hostId: string; name: string; provisioner: string }): Promise<void> {
  await tx
    .insert(hosts)
    .values(host)
    .onConflictDoUpdate({
      target: hosts.hostId,
      set: { name: sql`excluded.name`, provisioner: sql`excluded.provisioner`, heartbeatAt: sql`clock_timestamp()` },
    });
}

export async function listHosts(tx: Tx): Promise<HostRow[]> {
  return tx.select().from(hosts).orderBy(hosts.hostId);
}

/** Machines silent for longer than `silentMs`. */
export async function listSilentHosts(tx: Tx, silentMs: number): Promise<HostRow[]> {
  return tx
    .select()
    .from(hosts)
    .where(lt(hosts.heartbeatAt, sql`clock_timestamp() - ${silentMs}::float8 * interval '1 millisecond'`));
}
