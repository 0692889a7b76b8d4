import type { Logger } from '../../config/logger.ts';
import type { InboxRow } from '../../db/inbox.ts';
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

  constructor(deps: { database: Database; workflows: WorkflowGateway; logger: Logger }, waitMs: number = waits.deliveryMs) {
    this.#deps = deps;
    this.#waitMs = waitMs;
  }

  /** Delivers for at most the wait; the attempt itself goes on after it and is settled when it ends. */
  async deliverNow(row: InboxRow): Promise<Delivery> {
    let senderWaits = true;
    let timer: NodeJS.Timeout | undefined;
    const attempt = deliver(this.#deps, row, attemptMs).then(async (delivery) => {
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
    void settled.finally(() => this.#running.delete(settled));
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

  /** Waits for the attempts that are under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
