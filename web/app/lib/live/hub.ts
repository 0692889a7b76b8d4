import { retryDelayMs } from './backoff.ts';
import type { OpenStream, StreamMessage } from './connect.ts';
import type { HubMessage, LogEvent, StreamState, TabMessage, TenantChange } from './messages.ts';
import { isServedBy, type StreamPlan, Subscriptions } from './subscriptions.ts';

/** Where news for a tab go to. */
export interface TabPort {
  post(message: HubMessage): void;
}

export interface HubOptions {
  open: OpenStream;
  /** Most requests in one stream. */
  limit?: number;
  random?: () => number;
  now?: () => number;
}

/** Changes of subscriptions within this time make one new stream, in ms. */
const settleMs = 30;
/** Events are handed on in batches of this time, in ms. */
const batchMs = 16;
/** A tab that was silent for longer is gone, in ms. Browsers let the timers of hidden tabs fire once a minute. */
const tabSilenceMs = 200_000;
const requestsPerStream = 50;

interface Tab {
  port: TabPort;
  heardMs: number;
  events: Map<number, LogEvent[]>;
}

interface Stream {
  plan: StreamPlan;
  /** The last event that came, by request. */
  positions: Map<string, number>;
  abort: AbortController;
}

type Timer = ReturnType<typeof setTimeout>;

/**
 * The one event stream of a browser, shared by its tabs. Follows the union of what they want, and heals by itself: after a loss it
 * begins again behind the last event of each subscription. Lives in a SharedWorker, or in the page where there is none.
 */
export class LiveHub {
  readonly #options: HubOptions;
  readonly #tabs = new Map<TabPort, Tab>();
  readonly #subscriptions: Subscriptions<Tab>;
  #state: StreamState = 'idle';
  /** The stream that serves or is about to; while it opens, the one before it goes on, so that nothing is missed between them. */
  #current: Stream | null = null;
  #previous: Stream | null = null;
  #settling: Timer | null = null;
  #flushing: Timer | null = null;
  #retrying: Timer | null = null;
  #failures = 0;
  #changes: TenantChange[] = [];

  constructor(options: HubOptions) {
    this.#options = options;
    this.#subscriptions = new Subscriptions(options.limit ?? requestsPerStream);
  }

  /** Takes a message of a tab. The first one of a port makes it known; it is told the state. */
  receive(port: TabPort, message: TabMessage): void {
    if (message.type === 'bye') return this.#forget(port);
    const tab = this.#tabs.get(port);
    if (!tab && message.type === 'alive') return port.post({ type: 'unknown' });
    this.#act(tab ?? this.#welcome(port), message);
  }

  /** Ends everything: no timer and no connection is left. */
  close(): void {
    for (const port of [...this.#tabs.keys()]) this.#forget(port);
    for (const timer of [this.#settling, this.#flushing, this.#retrying]) if (timer) clearTimeout(timer);
    this.#endStreams();
  }

  #welcome(port: TabPort): Tab {
    const tab: Tab = { port, heardMs: this.#now(), events: new Map() };
    this.#tabs.set(port, tab);
    port.post({ type: 'state', state: this.#state });
    return tab;
  }

  #act(tab: Tab, message: Exclude<TabMessage, { type: 'bye' }>): void {
    tab.heardMs = this.#now();
    switch (message.type) {
      case 'subscribe':
        tab.events.delete(message.id);
        this.#subscriptions.add(tab, message.id, message.requestId, message.afterSeq);
        return this.#settleSoon();
      case 'unsubscribe':
        tab.events.delete(message.id);
        this.#subscriptions.remove(tab, message.id);
        return this.#settleSoon();
      case 'changes':
        this.#subscriptions.setChanges(tab, message.on);
        return this.#settleSoon();
      case 'alive':
        return this.#forgetSilentTabs();
      case 'offline':
        return this.#lost(null);
      case 'retry':
        // A stream that seems to live may hang on a network that went away.
        this.#endStreams();
        return this.#settle();
    }
  }

  #forget(port: TabPort): void {
    const tab = this.#tabs.get(port);
    if (!tab) return;
    this.#tabs.delete(port);
    this.#subscriptions.drop(tab);
    this.#settleSoon();
  }

  #forgetSilentTabs(): void {
    const before = this.#now() - tabSilenceMs;
    for (const [port, tab] of this.#tabs) if (tab.heardMs < before) this.#forget(port);
  }

  #settleSoon(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = null;
      this.#settle();
    }, settleMs);
  }

  /** Makes the stream be what is wanted now. */
  #settle(): void {
    const wanted = this.#subscriptions.plan();
    const current = this.#current;
    if (!wanted) {
      this.#endStreams();
      return this.#setState('idle');
    }
    if (current && isServedBy(wanted, current.plan, (requestId) => current.positions.get(requestId) ?? 0)) return;
    if (this.#retrying) clearTimeout(this.#retrying);
    this.#retrying = null;
    this.#start(wanted);
  }

  #start(plan: StreamPlan): void {
    const positions = new Map(plan.requestIds.map((requestId, index) => [requestId, plan.after[index] ?? 0]));
    const stream: Stream = { plan, positions, abort: new AbortController() };
    if (this.#previous) this.#current?.abort.abort();
    else this.#previous = this.#current;
    this.#current = stream;
    if (this.#state === 'idle' || this.#state === 'signed-out') this.#setState('connecting');
    this.#options.open(plan, stream.abort.signal, (message) => this.#take(stream, message));
  }

  #take(stream: Stream, message: StreamMessage): void {
    if (stream.abort.signal.aborted) return;
    switch (message.type) {
      case 'open':
        return this.#opened(stream);
      case 'event':
        return this.#takeEvent(stream, message.event);
      case 'changed':
        this.#changes.push(message.change);
        return this.#flushSoon();
      case 'end':
        if (stream === this.#previous) this.#previous = null;
        else this.#lost(message.refused);
    }
  }

  #takeEvent(stream: Stream, event: LogEvent): void {
    const before = stream.positions.get(event.requestId) ?? 0;
    stream.positions.set(event.requestId, event.seq);
    for (const { tab, id } of this.#subscriptions.take(event, before)) {
      const batch = tab.events.get(id);
      if (batch) batch.push(event);
      else tab.events.set(id, [event]);
    }
    this.#flushSoon();
  }

  #opened(stream: Stream): void {
    if (stream !== this.#current) return;
    this.#previous?.abort.abort();
    this.#previous = null;
    this.#failures = 0;
    const wasAway = this.#state !== 'connected' && this.#state !== 'connecting';
    this.#setState('connected');
    if (wasAway) for (const tab of this.#subscriptions.changeTabs) tab.port.post({ type: 'changed', changes: null });
  }

  #lost(refused: number | null): void {
    this.#endStreams();
    if (refused === 401 || refused === 403) return this.#setState('signed-out');
    // A request that is not there would take the others with it: the newest is the one that was not asked for before.
    const suspect = refused === 404 ? this.#subscriptions.newestRequest() : null;
    if (suspect !== null) this.#subscriptions.removeRequest(suspect);
    if (this.#subscriptions.plan()) this.#setState('reconnecting');
    this.#failures += 1;
    const delayMs = retryDelayMs(this.#failures, (this.#options.random ?? Math.random)());
    this.#retrying = setTimeout(() => {
      this.#retrying = null;
      this.#settle();
    }, delayMs);
  }

  #endStreams(): void {
    if (this.#retrying) clearTimeout(this.#retrying);
    this.#retrying = null;
    for (const stream of [this.#current, this.#previous]) stream?.abort.abort();
    this.#current = null;
    this.#previous = null;
  }

  #flushSoon(): void {
    this.#flushing ??= setTimeout(() => {
      this.#flushing = null;
      this.#flush();
    }, batchMs);
  }

  #flush(): void {
    for (const tab of this.#tabs.values()) {
      for (const [id, events] of tab.events) tab.port.post({ type: 'events', id, events });
      tab.events.clear();
    }
    const changes = this.#changes.splice(0);
    if (changes.length > 0) for (const tab of this.#subscriptions.changeTabs) tab.port.post({ type: 'changed', changes });
  }

  #setState(state: StreamState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const { port } of this.#tabs.values()) port.post({ type: 'state', state });
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}
