import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { DomainError } from '../workflows/contracts/errors.ts';
import type { Tx } from './port.ts';
import { idempotencyKeys } from './schema.ts';

export interface IdempotencyKey {
  tenantId: string;
  principalId: string;
  key: string;
}

export type IdempotencyClaim =
  | { kind: 'fresh' }
  /** The first call answered this. */
  | { kind: 'answered'; status: number; response: unknown }
  /** The first call is at work; its answer is not there yet. */
  | { kind: 'in-progress' };

/** After this a claim without an answer belongs to a process that died. */
const abandonedAfterMs = 60_000;

/**
 * Claims a key for one call, or answers what the first call with it answered. Throws DomainError `idempotency-key-reused` when
 * the first call had another body.
 */
export async function claimIdempotencyKey(tx: Tx, input: IdempotencyKey & { bodyHash: string }): Promise<IdempotencyClaim> {
  const inserted = await tx.insert(idempotencyKeys).values(input).onConflictDoNothing().returning({ key: idempotencyKeys.key });
  if (inserted.length === 1) return { kind: 'fresh' };
  const [row] = await tx.select().from(idempotencyKeys).where(isKey(input)).for('update');
  if (!row) return { kind: 'in-progress' };
  requireSameBody(row, input.bodyHash);
  if (row.status !== null) return { kind: 'answered', status: row.status, response: row.response };
  if (Date.now() - row.createdAt.getTime() < abandonedAfterMs) return { kind: 'in-progress' };
  await tx.update(idempotencyKeys).set({ createdAt: new Date() }).where(isKey(input));
  return { kind: 'fresh' };
}

/** What the first call with a key answered; null while there is none. DomainError `idempotency-key-reused` as for a claim. */
export async function findIdempotencyAnswer(
  tx: Tx,
  input: IdempotencyKey & { bodyHash: string },
): Promise<{ status: number; response: unknown } | null> {
  const [row] = await tx.select().from(idempotencyKeys).where(isKey(input));
  if (!row) return null;
  requireSameBody(row, input.bodyHash);
  return row.status === null ? null : { status: row.status, response: row.response };
}

function requireSameBody(row: { bodyHash: string }, bodyHash: string): void {
  if (row.bodyHash === bodyHash) return;
  throw new DomainError(
    'permanent',
    'idempotency-key-reused',
    'This Idempotency-Key came before with another body; send a new key, or the same body.',
  );
}

/** Stores the answer that every repetition gets. */
export async function answerIdempotencyKey(tx: Tx, key: IdempotencyKey, status: number, response: unknown): Promise<void> {
  await tx.update(idempotencyKeys).set({ status, response }).where(isKey(key));
}

/** Frees a key whose call failed before it had any effect. */
export async function releaseIdempotencyKey(tx: Tx, key: IdempotencyKey): Promise<void> {
  await tx.delete(idempotencyKeys).where(and(isKey(key), isNull(idempotencyKeys.status)));
}

/** Forgets keys older than `olderThanMs`; answers how many. For the housekeeper. */
export async function expireIdempotencyKeys(tx: Tx, olderThanMs: number): Promise<number> {
  const expired = await tx
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, sql`clock_timestamp() - ${olderThanMs}::float8 * interval '1 millisecond'`))
    .returning({ key: idempotencyKeys.key });
  return expired.length;
}

function isKey({ tenantId, principalId, key }: IdempotencyKey) {
  return and(eq(idempotencyKeys.tenantId, tenantId), eq(idempotencyKeys.principalId, principalId), eq(idempotencyKeys.key, key));
}
