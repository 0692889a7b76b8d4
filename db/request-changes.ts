import { and, desc, eq, gte, sql } from 'drizzle-orm';
import { z } from 'zod';
import { AwaitingKind, Stage } from '../workflows/contracts/request.ts';
import type { Tx } from './port.ts';
import { requests } from './schema.ts';

/** Channel on which every write of a request's projection is told. */
export const requestChangesChannel = 'astraforge_requests';

/** A request whose projection changed: where it stands now. */
export interface RequestChange {
  requestId: string;
  stage: Stage;
  awaiting: AwaitingKind | null;
  updatedAtMs: number;
}

const Payload = z.tuple([z.string(), z.string(), Stage, AwaitingKind.nullable(), z.number()]);

/** Tells the change to whoever listens, once the transaction is committed. */
export async function notifyRequestChange(tx: Tx, tenantId: string, change: RequestChange): Promise<void> {
  const payload = JSON.stringify([tenantId, change.requestId, change.stage, change.awaiting, change.updatedAtMs]);
  await tx.execute(sql`select pg_notify(${requestChangesChannel}, ${payload})`);
}

/** The change in a notification; null for a foreign payload. */
export function parseRequestChange(payload: string): { tenantId: string; change: RequestChange } | null {
  try {
    const [tenantId, requestId, stage, awaiting, updatedAtMs] = Payload.parse(JSON.parse(payload));
    return { tenantId, change: { requestId, stage, awaiting, updatedAtMs } };
  } catch {
    return null;
  }
}

/** The requests of this tenant that changed since, oldest change first and at most the `limit` newest: for one who may have missed a notification. */
export async function listChangesSince(tx: Tx, tenantId: string, since: Date, limit: number): Promise<RequestChange[]> {
  const rows = await tx
    .select({ requestId: requests.requestId, stage: requests.stage, awaiting: requests.awaiting, updatedAt: requests.updatedAt })
    .from(requests)
    .where(and(eq(requests.tenantId, tenantId), gte(requests.updatedAt, since)))
    .orderBy(desc(requests.updatedAt))
    .limit(limit);
  return rows.reverse().map(({ requestId, stage, awaiting, updatedAt }) => {
    return { requestId, stage, awaiting: awaiting?.kind ?? null, updatedAtMs: updatedAt.getTime() };
  });
}
