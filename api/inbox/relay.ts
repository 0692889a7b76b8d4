import type { Logger } from '../../config/logger.ts';
import { claimDueInbox, type InboxRow } from '../../db/inbox.ts';
import type { Database } from '../../db/port.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { WorkflowGateway } from '../workflow-gateway.ts';
import { deliver } from './deliver.ts';
import { attemptMs } from './inbound.ts';
import { settle } from './settle.ts';

const batchSize = 20;
const reachableWithinMs = 2_000;

export interface RelayOptions {
  database: Database;
  workflows: WorkflowGateway;
  logger: Logger;
  /** Pause between looks at the inbox, in ms. */
  everyMs?: number;
}

/** Delivers what could not be delivered at once, until the workflow acknowledges. Any number of processes may run one. */
export class InboxRelay {
  readonly #options: RelayOptions;
  #stopped = false;
  /** The last pass left something undelivered. */
  #troubled = false;
  #loop: Promise<void> | null = null;
  #wake: () => void = () => undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let settled = 0;
      try {
        settled = await this.#relayOnce();
      } catch (error) {
        this.#options.logger.warn('relay pass failed', { error: messageOf(error) });
      }
      // What was behind a settled row may be due now.
      if (settled === 0) await this.#pause();
    }
  }

  /** One pass: claims due rows and tries each; answers how many it settled. One row's trouble never holds up another request's. */
  async #relayOnce(): Promise<number> {
    // While Temporal is away nothing is claimed: a claim puts the row's next attempt off, and it should arrive soon afterwards.
    if (this.#troubled && !(await this.#options.workflows.isReachable(reachableWithinMs))) return 0;
    this.#troubled = false;
    const rows = await this.#options.database.asRelay((tx) => claimDueInbox(tx, batchSize));
    const byRequest = Map.groupBy(rows, (row) => `${row.tenantId} ${row.requestId}`);
    const settled = await Promise.all([...byRequest.values()].map((ofRequest) => this.#relayInOrder(ofRequest)));
    return settled.reduce((sum, count) => sum + count, 0);
  }

  /** A request's messages go in the order in which they came; after one that must wait, the rest waits too. Answers how many went. */
  async #relayInOrder(rows: InboxRow[]): Promise<number> {
    for (const [index, row] of rows.entries()) if (this.#stopped || !(await this.#relay(row))) return index;
    return rows.length;
  }

  /** True when the row is settled; else its claim has put it off already. */
  async #relay(row: InboxRow): Promise<boolean> {
    const { logger } = this.#options;
    const fields = { inboxId: row.inboxId, kind: row.kind, requestId: row.requestId, attempts: row.attempts };
    try {
      const delivery = await deliver(this.#options, row, attemptMs);
      if (delivery.state !== 'pending') {
        await settle(this.#options.database, row, delivery, false);
        logger.info('relayed', { ...fields, state: delivery.state });
        return true;
      }
      logger.warn('relay postponed', { ...fields, why: delivery.why });
    } catch (error) {
      logger.error('relay failed', { ...fields, error: messageOf(error) });
    }
    this.#troubled = true;
    return false;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.everyMs ?? 500);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
