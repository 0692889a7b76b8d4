import { eq, lt, sql } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { endedSessions } from './schema.ts';

/** Ends a browser's session for good; again changes nothing. Forgets those that have expired since: they open nothing by themselves. */
export async function endSession(tx: Tx, session: { tenantId: string; sessionId: string; expiresAtMs: number }): Promise<void> {
  const { tenantId, sessionId, expiresAtMs } = session;
  await tx.delete(endedSessions).where(lt(endedSessions.expiresAt, sql`clock_timestamp()`));
  await tx
    .insert(endedSessions)
    .values({ tenantId, sessionId, expiresAt: new Date(expiresAtMs) })
    .onConflictDoNothing();
}

/** True when the session was ended in this tenant. */
export async function isSessionEnded(tx: Tx, sessionId: string): Promise<boolean> {
  const rows = await tx
    .select({ found: sql`1` })
    .from(endedSessions)
    .where(eq(endedSessions.sessionId, sessionId));
  return rows.length > 0;
}
