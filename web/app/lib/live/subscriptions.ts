import type { LogEvent } from './messages.ts';

/** One subscription of one tab: `seq` is the last event that it has. */
interface Subscription<Tab> {
  tab: Tab;
  id: number;
  requestId: string;
  seq: number;
}

/** What the one stream has to carry. */
export interface StreamPlan {
  requestIds: string[];
  /** For each of them, behind which event to begin. */
  after: number[];
  changes: boolean;
}

/** An event's way to one subscription. */
export interface Delivery<Tab> {
  tab: Tab;
  id: number;
}

/**
 * Who wants which requests from where on, over all tabs. Knows what the stream must carry and whom an event is for, so that each
 * subscription gets every event once and in order, however often the stream begins anew.
 */
export class Subscriptions<Tab> {
  readonly #limit: number;
  #all: Subscription<Tab>[] = [];
  #changes = new Set<Tab>();

  /** `limit`: most requests that the server takes in one stream; the newest subscriptions win. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds one, or moves one with the same tab and id. */
  add(tab: Tab, id: number, requestId: string, afterSeq: number): void {
    this.remove(tab, id);
    this.#all.push({ tab, id, requestId, seq: afterSeq });
  }

  remove(tab: Tab, id: number): void {
    this.#all = this.#all.filter((one) => one.tab !== tab || one.id !== id);
  }

  /** Drops every subscription to a request. */
  removeRequest(requestId: string): void {
    this.#all = this.#all.filter((one) => one.requestId !== requestId);
  }

  setChanges(tab: Tab, on: boolean): void {
    if (on) this.#changes.add(tab);
    else this.#changes.delete(tab);
  }

  /** Forgets a tab. */
  drop(tab: Tab): void {
    this.#all = this.#all.filter((one) => one.tab !== tab);
    this.#changes.delete(tab);
  }

  /** Tabs that want to know about changes of the tenant. */
  get changeTabs(): readonly Tab[] {
    return [...this.#changes];
  }

  /** The stream that serves everybody, each request from the position of whoever is furthest behind; null when nobody wants any. */
  plan(): StreamPlan | null {
    const behind = new Map<string, number>();
    for (const { requestId, seq } of this.#all.toReversed()) {
      const known = behind.get(requestId);
      if (known !== undefined) behind.set(requestId, Math.min(known, seq));
      else if (behind.size < this.#limit) behind.set(requestId, seq);
    }
    const changes = this.#changes.size > 0;
    if (behind.size === 0 && !changes) return null;
    const requestIds = [...behind.keys()].sort();
    return { requestIds, after: requestIds.map((requestId) => behind.get(requestId) ?? 0), changes };
  }

  /**
   * Whom an event is the next one for; their positions move on. `before` is the event that came before it in the same stream: a
   * subscription that is further back waits for a stream that begins there.
   */
  take(event: Pick<LogEvent, 'requestId' | 'seq'>, before: number): Delivery<Tab>[] {
    const deliveries: Delivery<Tab>[] = [];
    for (const one of this.#all) {
      if (one.requestId !== event.requestId || event.seq <= one.seq || before > one.seq) continue;
      one.seq = event.seq;
      deliveries.push({ tab: one.tab, id: one.id });
    }
    return deliveries;
  }

  /** The request that was subscribed to last. */
  newestRequest(): string | null {
    return this.#all.at(-1)?.requestId ?? null;
  }
}

/**
 * True when a stream that was begun for `running` serves `wanted` too: the same requests, none of which somebody now wants from
 * further back than the stream has come (`position`).
 */
export function isServedBy(wanted: StreamPlan, running: StreamPlan, position: (requestId: string) => number): boolean {
  if (wanted.changes !== running.changes || wanted.requestIds.join() !== running.requestIds.join()) return false;
  return wanted.requestIds.every((requestId, index) => (wanted.after[index] ?? 0) >= position(requestId));
}
