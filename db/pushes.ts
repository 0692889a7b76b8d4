import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Tx } from './port.ts';
import { pushes } from './schema.ts';

/** A request's branch at its forge. */
export interface PushTarget {
  tenantId: string;
  requestId: string;
  branch: string;
}

/** `pushed`: what was pushed last; null for nothing. `begun`: pushes since then of which nobody wrote down how they ended. */
export interface EarlierPushes {
  pushed: string | null;
  begun: string[];
}

/** Writes down that a commit is about to be pushed; answers what was before that. Again changes nothing. */
export async function beginPush(tx: Tx, target: PushTarget, commit: string): Promise<EarlierPushes> {
  const rows = await tx.select().from(pushes).where(isOf(target)).orderBy(desc(pushes.pushedAt));
  await tx
    .insert(pushes)
    .values({ ...target, commit })
    .onConflictDoNothing();
  return {
    pushed: rows.find((row) => row.pushedAt !== null)?.commit ?? null,
    begun: rows.filter((row) => row.pushedAt === null).map((row) => row.commit),
  };
}

/** Writes down that it was pushed: what else was begun before is not on the branch any more. */
export async function endPush(tx: Tx, target: PushTarget, commit: string): Promise<void> {
  await tx
    .update(pushes)
    .set({ pushedAt: sql`clock_timestamp()` })
    .where(and(isOf(target), eq(pushes.commit, commit)));
  await tx.delete(pushes).where(and(isOf(target), isNull(pushes.pushedAt)));
}

function isOf({ tenantId, requestId, branch }: PushTarget) {
  return and(eq(pushes.tenantId, tenantId), eq(pushes.requestId, requestId), eq(pushes.branch, branch));
}
