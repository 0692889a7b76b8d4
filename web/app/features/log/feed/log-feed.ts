import type { LogEvent } from '../../../../../workflows/contracts/events.ts';
import { LogModel } from '../model/log-model.ts';

/** A page of a log as the API gives it. */
export interface EventsPage {
  items: LogEvent[];
  more: boolean;
}

export interface LogFeedOptions {
  /** Reads a page: the next `limit` events behind `afterSeq`, or the newest ones below `beforeSeq`. */
  read(query: { afterSeq?: number; beforeSeq?: number; limit: number }): Promise<EventsPage>;
  /** True for a refusal that trying again cannot mend. */
  isFinal(error: unknown): boolean;
  /** The message for a reader. */
  messageOf(error: unknown): string;
  /** Waits, so that the browser can paint and answer its person. */
  pause(): Promise<void>;
  /** Waits before another try. */
  sleep(ms: number): Promise<void>;
  now(): number;
}

/** How far the history is here. `earlier`: the newest lines are shown, those before them are being read. */
export type FeedPhase = 'loading' | 'earlier' | 'complete' | 'failed';

export interface FeedState {
  phase: FeedPhase;
  /** Events of the history read so far, and how many there are. */
  loaded: number;
  total: number;
  /** Why reading goes on only after another try, or not at all. */
  problem: string | null;
}

/** What changed: entries of the log that is shown, or another log in its place. */
export type FeedChange = { kind: 'entries'; touched: readonly number[] } | { kind: 'replaced' } | { kind: 'state' };

const pageSize = 1000;
/** Events folded before the clock is looked at. */
const sliceSize = 200;
/** What folding may take before the browser gets its turn, ms. */
const sliceMs = 8;
const retryMs = { first: 500, most: 5_000 };

/**
 * Brings a log to a reader: its newest page first, then all of it from the beginning in the background, and what comes live.
 * The log that is shown is replaced once, when the whole is there. Failed reads are tried again by themselves.
 */
export class LogFeed {
  private readonly options: LogFeedOptions;
  private readonly listeners = new Set<(change: FeedChange) => void>();
  private shown = new LogModel();
  private current: FeedState = { phase: 'loading', loaded: 0, total: 0, problem: null };
  /** While the history is read: the newest page and all that came after it. */
  private recent: LogEvent[] | null = null;
  private waiting: LogEvent[] = [];
  private folding = false;
  private stopped = false;

  constructor(options: LogFeedOptions) {
    this.options = options;
  }

  /** The log as far as it is here. */
  get model(): LogModel {
    return this.shown;
  }

  get state(): FeedState {
    return this.current;
  }

  subscribe(listener: (change: FeedChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.stopped = true;
  }

  /** Reads the log; answers when all of it is here, or reading has failed for good. Call once. */
  async load(): Promise<void> {
    const newest = await this.read({ beforeSeq: Number.MAX_SAFE_INTEGER });
    if (!newest) return;
    const first = newest.items[0]?.seq ?? 1;
    if (newest.more) this.recent = [...newest.items];
    // Of one run the numbers have gaps, so this is the most that there can be.
    this.tell({ phase: newest.more ? 'earlier' : 'complete', total: newest.items.at(-1)?.seq ?? 0, loaded: newest.items.length });
    this.push(newest.items);
    if (newest.more) await this.loadEarlier(first);
  }

  /** Takes events that came live, in order. */
  push(events: readonly LogEvent[]): void {
    this.waiting = this.waiting.concat(events);
    const recentSeq = this.recent?.at(-1)?.seq ?? 0;
    if (this.recent) this.recent = this.recent.concat(events.filter(({ seq }) => seq > recentSeq));
    void this.foldWaiting();
  }

  private async loadEarlier(end: number): Promise<void> {
    const whole = new LogModel();
    let page = this.read({ afterSeq: 0 });
    for (let done = false; !done;) {
      const events = await page;
      if (!events || this.stopped) return;
      const earlier = events.items.filter(({ seq }) => seq < end);
      const lastSeq = events.items.at(-1)?.seq ?? end;
      done = !events.more || lastSeq >= end - 1;
      if (!done) page = this.read({ afterSeq: lastSeq });
      await this.fold(whole, earlier);
      this.tell({ loaded: this.current.loaded + earlier.length });
    }
    for (let at = 0; this.recent && at < this.recent.length; at += sliceSize) {
      if (at > 0) await this.options.pause();
      whole.append(this.recent.slice(at, at + sliceSize));
    }
    if (this.stopped) return;
    this.recent = null;
    this.shown = whole;
    this.current = { ...this.current, phase: 'complete', problem: null };
    this.emit({ kind: 'replaced' });
  }

  private async foldWaiting(): Promise<void> {
    if (this.folding) return;
    this.folding = true;
    while (this.waiting.length > 0 && !this.stopped) {
      const events = this.waiting;
      const model = this.shown;
      this.waiting = [];
      await this.fold(model, events, (touched) => {
        // Another log may have taken its place meanwhile; that one has these events too.
        if (model === this.shown) this.emit({ kind: 'entries', touched });
      });
    }
    this.folding = false;
  }

  /** Folds in slices, with room for the browser between them. */
  private async fold(model: LogModel, events: readonly LogEvent[], onTouched?: (touched: number[]) => void): Promise<void> {
    let startedMs = this.options.now();
    for (let at = 0; at < events.length && !this.stopped; at += sliceSize) {
      const touched = model.append(events.slice(at, at + sliceSize));
      if (touched.length > 0) onTouched?.(touched);
      if (this.options.now() - startedMs < sliceMs) continue;
      await this.options.pause();
      startedMs = this.options.now();
    }
  }

  /** One page, however many tries it takes; null when it is refused for good or nobody reads any more. */
  private async read(query: { afterSeq?: number; beforeSeq?: number }): Promise<EventsPage | null> {
    for (let delayMs: number = retryMs.first; !this.stopped; delayMs = Math.min(delayMs * 2, retryMs.most)) {
      try {
        const page = await this.options.read({ ...query, limit: pageSize });
        if (this.current.problem !== null) this.tell({ problem: null });
        return page;
      } catch (error) {
        const problem = this.options.messageOf(error);
        if (this.options.isFinal(error)) {
          this.tell({ phase: 'failed', problem });
          return null;
        }
        this.tell({ problem });
        await this.options.sleep(delayMs);
      }
    }
    return null;
  }

  private tell(change: Partial<FeedState>): void {
    if (this.stopped) return;
    this.current = { ...this.current, ...change };
    this.emit({ kind: 'state' });
  }

  private emit(change: FeedChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
