import type { Logger } from '../../config/logger.ts';
import { isWords, waitsBehind, type InboxRow } from '../../db/inbox.ts';
import type { Database } from '../../db/port.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { waits } from '../limits.ts';
import type { WorkflowGateway } from '../workflow-gateway.ts';
import { deliver, type Delivery } from './deliver.ts';
import { settle } from './settle.ts';

/** How long one attempt may take in all; the relay leaves a new row alone for as long. */
export const attemptMs = 5_000;

/** Brings fresh inbox rows to their workflows while the sender waits. */
export class InboundDeliverer {
  readonly #deps: { database: Database; workflows: WorkflowGateway; logger: Logger };
  readonly #waitMs: number;
  readonly #running = new Set<Promise<void>>();
  /** The last attempt under way of each request: those after it wait for it, so that words keep their order. */
  readonly #lastOf = new Map<string, Promise<void>>();

  constructor(deps: { database: Database; workflows: WorkflowGateway; logger: Logger }, waitMs: number = waits.deliveryMs) {
    this.#deps = deps;
    this.#waitMs = waitMs;
  }

  /** Delivers for at most the wait; the attempt itself goes on after it and is settled when it ends. */
  async deliverNow(row: InboxRow): Promise<Delivery> {
    let senderWaits = true;
    let timer: NodeJS.Timeout | undefined;
    const attempt = this.#inOrder(row).then(async (delivery) => {
      await settle(this.#deps.database, row, delivery, senderWaits);
      return delivery;
    });
    const settled = attempt.then(
      (delivery) => {
        if (delivery.state === 'pending') this.#deps.logger.warn('inbound left to the relay', { kind: row.kind, why: delivery.why });
      },
      (error: unknown) => this.#deps.logger.error('inbound not settled', { kind: row.kind, error: messageOf(error) }),
    );
    this.#running.add(settled);
    if (isWords(row)) this.#lastOf.set(row.requestId, settled);
    void settled.finally(() => {
      this.#running.delete(settled);
      if (this.#lastOf.get(row.requestId) === settled) this.#lastOf.delete(row.requestId);
    });
    const tooLate = new Promise<Delivery>((resolve) => {
      timer = setTimeout(() => {
        senderWaits = false;
        resolve({ state: 'pending', why: 'the workflow did not answer in time' });
      }, this.#waitMs);
    });
    try {
      return await Promise.race([attempt, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Words go after those before them; when an older message of their request has not arrived, they are the relay's. */
  async #inOrder(row: InboxRow): Promise<Delivery> {
    if (!isWords(row)) return deliver(this.#deps, row, attemptMs);
    await this.#lastOf.get(row.requestId);
    const mustWait = await this.#deps.database.withTenant(row.tenantId, (tx) => waitsBehind(tx, row));
    return mustWait ? { state: 'pending', why: 'an older message of its request has not arrived' } : deliver(this.#deps, row, attemptMs);
  }

  /** Waits for the attempts that are under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
