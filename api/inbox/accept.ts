import { v5, v7 } from 'uuid';
import { answerIdempotencyKey, claimIdempotencyKey } from '../../db/idempotency.ts';
import { findDelivery, insertInbox, type InboxRow } from '../../db/inbox.ts';
import type { Tx } from '../../db/port.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { hashOfCall } from '../idempotency.ts';
import type { Answer } from '../mount.ts';
import { refuse, toProblem } from '../problem.ts';
import type { Problem } from '../schemas/common.ts';
import type { Delivery } from './deliver.ts';
import { attemptMs } from './inbound.ts';

/** What one inbound call becomes: which row, made by whom. */
export interface InboundCall<R> {
  principal: Principal;
  source: string;
  /** Idempotency-Key, or a chat's delivery id (`replay: false`: the inbox alone then knows it). */
  key: string | null;
  keepsAnswer: boolean;
  operationId: string;
  /** Whatever makes another call of the same key another call. */
  fingerprint: unknown;
  /**
   * Looks at what must be so before anything is written, outside of any transaction since it may be slow, and answers what then
   * writes. Not done for a repetition, whatever has become of the things that it would look at.
   */
  prepare: () => Promise<Write> | Write;
  /** Whether a row of this key is one that such a call makes: a chat's delivery id comes without a hash of its call. */
  isSame: (row: InboxRow) => boolean;
  /** The answer from the row alone, so that a repetition answers the same. */
  answer: (row: InboxRow, delivery: Exclude<Delivery, { state: 'rejected' }>) => Promise<Answer<R>> | Answer<R>;
}

/** Makes a call's rows in the transaction of its inbox row. Throwing leaves nothing behind. */
export type Write = (tx: Tx, deliveryId: string) => Promise<Pick<InboxRow, 'requestId' | 'kind' | 'payload'>>;

/** The delivery came before: rolls the transaction back, so that only the first one's rows exist. */
class Repeated extends Error {
  readonly row: InboxRow;

  constructor(row: InboxRow) {
    super('repeated delivery');
    this.row = row;
  }
}

/** What the first call of a key answered. */
class Kept {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = body;
  }
}

const deliveryNamespace = '6f0ea1d5-6d9b-4dd5-9a52-6f5f0f9e2f5c';

/** Stores an inbound call, delivers it at once, and answers: with the workflow's word, or `accepted` when it takes too long. */
export async function accept<R>(deps: ApiDependencies, call: InboundCall<R>): Promise<Answer<R>> {
  const { tenantId, id: principalId } = call.principal;
  const deliveryId = call.key === null ? v7() : v5(JSON.stringify([tenantId, call.source, principalId, call.key]), deliveryNamespace);
  const keyed = call.keepsAnswer && call.key !== null ? { tenantId, principalId, key: call.key } : null;
  const find = (tx: Tx) => findDelivery(tx, { tenantId, source: call.source, deliveryId });
  const known = call.key === null ? null : await deps.database.withTenant(tenantId, find);
  const made = known ?? (await call.prepare());
  const store = async (tx: Tx): Promise<InboxRow | Kept> => {
    if (keyed) {
      const claim = await claimIdempotencyKey(tx, { ...keyed, bodyHash: hashOfCall(call.operationId, call.fingerprint) });
      if (claim.kind === 'answered') return new Kept(claim.status, claim.response);
    }
    if (typeof made !== 'function') return made;
    // Another call of the key may have been first: its claim was waited for.
    const first = call.key === null ? null : await find(tx);
    if (first) return first;
    const row = { ...(await made(tx, deliveryId)), tenantId, inboxId: v7(), source: call.source, deliveryId };
    const inserted = await insertInbox(tx, row, attemptMs);
    if (inserted.duplicate) throw new Repeated(inserted.row);
    return inserted.row;
  };
  const stored = await deps.database.withTenant(tenantId, store).catch((error: unknown) => {
    if (error instanceof Repeated) return error.row;
    throw error;
  });
  if (stored instanceof Kept) return replay<R>(stored.status, stored.body);
  if (!call.isSame(stored)) {
    throw refuse('idempotency-key-reused', 'This delivery came before for something else; send it with an id of its own.');
  }
  return finish(deps, call, stored, keyed);
}

async function finish<R>(
  deps: ApiDependencies,
  call: InboundCall<R>,
  row: InboxRow,
  keyed: { tenantId: string; principalId: string; key: string } | null,
): Promise<Answer<R>> {
  const keep = async (status: number, body: unknown) => {
    if (keyed) await deps.database.withTenant(keyed.tenantId, (tx) => answerIdempotencyKey(tx, keyed, status, body));
  };
  const delivery = await deliveryOf(deps, row);
  if (delivery.state === 'rejected') {
    const refusal = refuse(delivery.rejection.code, delivery.rejection.message);
    await keep(toProblem(refusal).status, toProblem(refusal));
    throw refusal;
  }
  const answer = await call.answer(row, delivery);
  // An `accepted` is not kept: a repetition then learns what became of it.
  if (delivery.state === 'delivered') await keep(answer.status, answer.body);
  return answer;
}

/** A row that was handled before is not sent again: its workflow may be closed by now. */
async function deliveryOf(deps: ApiDependencies, row: InboxRow): Promise<Delivery> {
  if (row.state === 'delivered') return { state: 'delivered', accepted: null };
  if (row.state === 'rejected') {
    return { state: 'rejected', rejection: row.rejection ?? { code: 'undeliverable', message: 'It was refused before.' } };
  }
  return deps.inbound.deliverNow(row);
}

function replay<R>(status: number, body: unknown): Answer<R> {
  if (status >= 400) {
    const { code, detail } = body as Problem;
    throw refuse(code, detail);
  }
  return { status, body: body as R };
}
