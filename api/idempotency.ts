import { createHash } from 'node:crypto';
import { answerIdempotencyKey, claimIdempotencyKey, findIdempotencyAnswer } from '../db/idempotency.ts';
import type { Database, Tx } from '../db/port.ts';
import type { Principal } from '../workflows/contracts/principal.ts';
import type { Answer } from './mount.ts';

/** Hash of what a key stands for: the operation and everything that was asked of it. */
export function hashOfCall(operationId: string, fingerprint: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([operationId, fingerprint]))
    .digest('hex');
}

/** A call, as far as its key is concerned. */
interface KeyedCall {
  principal: Principal;
  key: string | null;
  operationId: string;
  /** Whatever makes another call of the same key another call. */
  fingerprint: unknown;
}

/** What `onceByKey` kept of an earlier call of this key; null for none. For calls that look at slow things before their work. */
export async function keptAnswer<R>(database: Database, { principal, key, ...call }: KeyedCall): Promise<Answer<R> | null> {
  if (key === null) return null;
  const { tenantId, id: principalId } = principal;
  const bodyHash = hashOfCall(call.operationId, call.fingerprint);
  const kept = await database.withTenant(tenantId, (tx) => findIdempotencyAnswer(tx, { tenantId, principalId, key, bodyHash }));
  return kept && { status: kept.status, body: kept.response as R };
}

/** Does work of one transaction once by key; the answer is kept in the same transaction. Throwing keeps nothing. */
export async function onceByKey<R>(database: Database, call: KeyedCall, work: (tx: Tx) => Promise<Answer<R>>): Promise<Answer<R>> {
  const { tenantId, id: principalId } = call.principal;
  return database.withTenant(tenantId, async (tx) => {
    if (call.key === null) return work(tx);
    const keyed = { tenantId, principalId, key: call.key };
    const claim = await claimIdempotencyKey(tx, { ...keyed, bodyHash: hashOfCall(call.operationId, call.fingerprint) });
    if (claim.kind === 'answered') return { status: claim.status, body: claim.response as R };
    const answer = await work(tx);
    await answerIdempotencyKey(tx, keyed, answer.status, answer.body);
    return answer;
  });
}
