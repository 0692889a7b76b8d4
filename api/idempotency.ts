import { createHash } from 'node:crypto';
import { answerIdempotencyKey, claimIdempotencyKey } from '../db/idempotency.ts';
import type { Database, Tx } from '../db/port.ts';
import type { Principal } from '../workflows/contracts/principal.ts';
import type { Answer } from './mount.ts';

/** Hash of what a key stands for: the operation and everything that was asked of it. */
export function hashOfCall(operationId: string, fingerprint: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([operationId, fingerprint]))
    .digest('hex');
}

/** Does work of one transaction once by key; the answer is kept in the same transaction. Throwing keeps nothing. */
export async function onceByKey<R>(
  database: Database,
  call: { principal: Principal; key: string | null; operationId: string; fingerprint: unknown },
  work: (tx: Tx) => Promise<Answer<R>>,
): Promise<Answer<R>> {
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
