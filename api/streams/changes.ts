import type { Logger } from '../../config/logger.ts';
import type { Database } from '../../db/port.ts';
import { listChangesSince, parseRequestChange, requestChangesChannel, type RequestChange } from '../../db/request-changes.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';

export interface ChangeHubOptions {
  database: Database;
  logger: Logger;
  /** How often the projection is read without a notification, in ms. */
  catchUpMs?: number;
}

/** Never throws and never waits. */
export type ChangeListener = (change: RequestChange) => void;

/** How much older than the last look a change may be dated and still be news: the clock of a write is that of its workflow. */
const lateMs = 10 * 60_000;
const mostRead = 2_000;

interface Topic {
  tenantId: string;
  listeners: Set<ChangeListener>;
  /** How each request stands that changed lately, and whether the listeners were told so. */
  known: Map<string, { change: RequestChange; told: boolean }>;
  lookedAtMs: number;
  reading: boolean;
}

/**
 * Tells who listens which requests of their tenant changed: one LISTEN for all of them, and a look at the projection every few
 * seconds and after a lost connection, since a notification may be lost.
 */
export class ChangeHub {
  readonly #options: ChangeHubOptions;
  readonly #topics = new Map<string, Topic>();
  #unlisten: (() => Promise<void>) | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ChangeHubOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const onPayload = (payload: string) => {
      const news = parseRequestChange(payload);
      const topic = news && this.#topics.get(news.tenantId);
      if (topic) tell(topic, news.change);
    };
    this.#unlisten = await this.#options.database.listen(requestChangesChannel, onPayload, () => this.#catchUpAll());
    this.#timer = setInterval(() => this.#catchUpAll(), this.#options.catchUpMs ?? 5_000);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#topics.clear();
    await this.#unlisten?.();
  }

  /** Calls back from now on with each change of the tenant, at least once; returns how to leave. */
  join(tenantId: string, listener: ChangeListener): () => void {
    const topic = this.#topics.get(tenantId) ?? this.#open(tenantId);
    topic.listeners.add(listener);
    return () => {
      topic.listeners.delete(listener);
      if (topic.listeners.size === 0 && this.#topics.get(tenantId) === topic) this.#topics.delete(tenantId);
    };
  }

  /** Tenants that somebody listens to. */
  get topicCount(): number {
    return this.#topics.size;
  }

  #open(tenantId: string): Topic {
    const topic: Topic = { tenantId, listeners: new Set(), known: new Map(), lookedAtMs: Date.now(), reading: false };
    this.#topics.set(tenantId, topic);
    // What stands there already is no news; only what differs from it later is.
    void this.#catchUp(topic, (change) => {
      if (!topic.known.has(change.requestId)) topic.known.set(change.requestId, { change, told: false });
    });
    return topic;
  }

  #catchUpAll(): void {
    for (const topic of this.#topics.values()) {
      void this.#catchUp(topic, (change) => {
        const known = topic.known.get(change.requestId)?.change;
        // What a notification told while this was read is newer.
        if (known !== undefined && known.updatedAtMs > change.updatedAtMs) return;
        if (!isSame(known, change)) tell(topic, change);
      });
    }
  }

  async #catchUp(topic: Topic, take: ChangeListener): Promise<void> {
    if (topic.reading) return;
    topic.reading = true;
    const now = Date.now();
    const { tenantId } = topic;
    const since = topic.lookedAtMs - lateMs;
    try {
      const changes = await this.#options.database.withTenant(tenantId, (tx) => listChangesSince(tx, tenantId, new Date(since), mostRead));
      for (const change of changes) take(change);
      topic.lookedAtMs = now;
      for (const [requestId, { change }] of topic.known) if (change.updatedAtMs < now - lateMs) topic.known.delete(requestId);
    } catch (error) {
      // The next look tries again and reaches as far back.
      this.#options.logger.warn('changes could not be read', { tenantId, error: messageOf(error) });
    } finally {
      topic.reading = false;
    }
  }
}

function tell(topic: Topic, change: RequestChange): void {
  const known = topic.known.get(change.requestId);
  // A look may see a change before its notification comes.
  if (known?.told && isSame(known.change, change)) return;
  topic.known.set(change.requestId, { change, told: true });
  for (const listener of [...topic.listeners]) listener(change);
}

function isSame(known: RequestChange | undefined, change: RequestChange): boolean {
  return known?.stage === change.stage && known.awaiting === change.awaiting && known.updatedAtMs === change.updatedAtMs;
}
