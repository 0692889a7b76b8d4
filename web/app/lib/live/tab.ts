import type { HubMessage, LogEvent, StreamState, TabMessage, TenantChange } from './messages.ts';

/** The way to a hub: in a SharedWorker or in the page. */
export interface HubLink {
  send(message: TabMessage): void;
}

interface Subscription {
  requestId: string;
  seq: number;
  onEvents: (events: LogEvent[]) => void;
}

export type OnChanged = (changes: TenantChange[] | null) => void;

/**
 * What one tab wants of the hub. Remembers where each subscription stands, so that it can tell a hub that knows nothing of it, and
 * lets no event through twice.
 */
export class LiveTab {
  readonly #link: HubLink;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #onChanged = new Set<OnChanged>();
  readonly #onState = new Set<() => void>();
  #state: StreamState = 'idle';
  #lastId = 0;

  constructor(connect: (receive: (message: HubMessage) => void) => HubLink) {
    this.#link = connect((message) => this.#receive(message));
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Calls back when the state becomes another; returns how to leave. */
  onState(listener: () => void): () => void {
    this.#onState.add(listener);
    return () => this.#onState.delete(listener);
  }

  /** Every event of a request behind `afterSeq`, once and in order, in batches; returns how to leave. */
  subscribe(requestId: string, afterSeq: number, onEvents: (events: LogEvent[]) => void): () => void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#subscriptions.set(id, { requestId, seq: afterSeq, onEvents });
    this.#link.send({ type: 'subscribe', id, requestId, afterSeq });
    return () => {
      if (this.#subscriptions.delete(id)) this.#link.send({ type: 'unsubscribe', id });
    };
  }

  /** Requests of the tenant that moved; null after the connection was away. Returns how to leave. */
  watchTenant(onChanged: OnChanged): () => void {
    if (this.#onChanged.size === 0) this.#link.send({ type: 'changes', on: true });
    this.#onChanged.add(onChanged);
    return () => {
      this.#onChanged.delete(onChanged);
      if (this.#onChanged.size === 0) this.#link.send({ type: 'changes', on: false });
    };
  }

  /** Tells the hub what the page notices: that it lives, that the network is away or back, that the tab goes. */
  tell(message: Extract<TabMessage, { type: 'alive' | 'offline' | 'retry' | 'bye' }>): void {
    this.#link.send(message);
  }

  /** Tells a hub that does not know this tab all that it wants; for a page that comes back from the browser's cache too. */
  introduce(): void {
    for (const [id, { requestId, seq }] of this.#subscriptions) this.#link.send({ type: 'subscribe', id, requestId, afterSeq: seq });
    if (this.#onChanged.size > 0) this.#link.send({ type: 'changes', on: true });
  }

  #receive(message: HubMessage): void {
    switch (message.type) {
      case 'events':
        return this.#take(message.id, message.events);
      case 'changed':
        for (const listener of [...this.#onChanged]) listener(message.changes);
        return;
      case 'state':
        if (message.state === this.#state) return;
        this.#state = message.state;
        for (const listener of [...this.#onState]) listener();
        return;
      case 'unknown':
        this.introduce();
        for (const listener of [...this.#onChanged]) listener(null);
    }
  }

  #take(id: number, events: LogEvent[]): void {
    const subscription = this.#subscriptions.get(id);
    const news = subscription ? events.filter(({ seq }) => seq > subscription.seq) : [];
    const last = news.at(-1);
    if (!subscription || !last) return;
    subscription.seq = last.seq;
    subscription.onEvents(news);
  }
}
