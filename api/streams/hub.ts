import type { Logger } from '../../config/logger.ts';
import type { RunLog } from '../../db/run-log/port.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { Batch, frameOf } from './frame.ts';

/** Takes the news of one request. `seq` moves on as batches are taken. */
export interface Listener {
  seq: number;
  /** Never throws and never waits. */
  take(batch: Batch): void;
}

export interface HubOptions {
  runLog: RunLog;
  logger: Logger;
  /** How often the log is read without a notification, in ms. */
  catchUpMs?: number;
}

/** Events per read of the log, and how much of each request is kept in memory for readers who join. */
const pageSize = 1000;
const keptBatches = 64;
const keptChars = 1024 * 1024;

interface Topic {
  tenantId: string;
  requestId: string;
  /** Up to which seq the live listeners were served. */
  seq: number;
  listeners: Set<Listener>;
  recent: Batch[];
  reading: boolean;
  again: boolean;
}

/**
 * Reads each request's log once and hands the same batch to everyone who listens. Told by the run log's notifications;
 * reads again every second, since a notification may be lost.
 */
export class StreamHub {
  readonly #options: HubOptions;
  readonly #topics = new Map<string, Topic>();
  #unsubscribe: (() => Promise<void>) | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#unsubscribe = await this.#options.runLog.subscribe((news) => {
      const topic = this.#topics.get(keyOf(news.tenantId, news.requestId));
      if (topic && news.lastSeq > topic.seq) void this.#pump(topic);
    });
    this.#timer = setInterval(() => this.#catchUp(), this.#options.catchUpMs ?? 1000);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#topics.clear();
    await this.#unsubscribe?.();
  }

  /** Requests that somebody listens to. */
  get topicCount(): number {
    return this.#topics.size;
  }

  /**
   * Serves the listener from its `seq` on: first what is in the log, then live, without a gap or a repetition between.
   * `ready` is awaited between pages of the past, so that a slow reader is not flooded. Returns once it is live.
   */
  async join(tenantId: string, requestId: string, listener: Listener, ready: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const topic = this.#topics.get(keyOf(tenantId, requestId));
      if (topic && this.#tryAttach(topic, listener)) return;
      const events = await this.#options.runLog.read(tenantId, { requestId, afterSeq: listener.seq, limit: pageSize });
      if (events.length > 0) deliver(listener, new Batch(events.map(frameOf)));
      if (!(await ready())) return;
      if (events.length === pageSize) continue;
      const end = events.length > 0 || listener.seq === 0 ? listener.seq : await this.#endOf(tenantId, requestId, listener.seq);
      const current = this.#topics.get(keyOf(tenantId, requestId));
      if (current && current.seq > listener.seq) {
        if (events.length > 0) continue;
        // The log has nothing so far on: either that came just now, or the log was restored to an earlier day. Read again from here.
        current.seq = listener.seq;
        current.recent = [];
      }
      listener.seq = Math.min(listener.seq, end);
      this.#attach(current ?? this.#open(tenantId, requestId, listener.seq), listener);
      return;
    }
  }

  /** The last seq up to this one that the log really has: a reader may claim any. */
  async #endOf(tenantId: string, requestId: string, seq: number): Promise<number> {
    const [last] = await this.#options.runLog.read(tenantId, { requestId, afterSeq: 0, beforeSeq: seq + 1, limit: 1 });
    return last?.seq ?? 0;
  }

  leave(tenantId: string, requestId: string, listener: Listener): void {
    const key = keyOf(tenantId, requestId);
    const topic = this.#topics.get(key);
    topic?.listeners.delete(listener);
    if (topic?.listeners.size === 0) this.#topics.delete(key);
  }

  /** Joins from memory when the kept batches reach back to the listener. */
  #tryAttach(topic: Topic, listener: Listener): boolean {
    const oldest = topic.recent[0]?.firstSeq ?? topic.seq + 1;
    if (listener.seq < topic.seq && listener.seq + 1 < oldest) return false;
    for (const batch of topic.recent) deliver(listener, batch);
    topic.listeners.add(listener);
    return true;
  }

  #attach(topic: Topic, listener: Listener): void {
    topic.listeners.add(listener);
    // What was appended between the last read and now had nobody to notify.
    void this.#pump(topic);
  }

  #open(tenantId: string, requestId: string, seq: number): Topic {
    const topic: Topic = { tenantId, requestId, seq, listeners: new Set(), recent: [], reading: false, again: false };
    this.#topics.set(keyOf(tenantId, requestId), topic);
    return topic;
  }

  #catchUp(): void {
    for (const topic of this.#topics.values()) void this.#pump(topic);
  }

  /** One read at a time for each topic; news during a read make it read again. */
  async #pump(topic: Topic): Promise<void> {
    topic.again = true;
    if (topic.reading) return;
    topic.reading = true;
    try {
      while (topic.again && topic.listeners.size > 0) {
        topic.again = false;
        const { tenantId, requestId } = topic;
        const events = await this.#options.runLog.read(tenantId, { requestId, afterSeq: topic.seq, limit: pageSize });
        if (events.length > 0) this.#fanOut(topic, new Batch(events.map(frameOf)));
        if (events.length === pageSize) topic.again = true;
      }
    } catch (error) {
      // The next catch-up tries again; nobody is cut off because the database was away.
      this.#options.logger.warn('stream read failed', { requestId: topic.requestId, error: messageOf(error) });
    } finally {
      topic.reading = false;
    }
  }

  #fanOut(topic: Topic, batch: Batch): void {
    topic.seq = batch.lastSeq;
    topic.recent.push(batch);
    let chars = topic.recent.reduce((sum, kept) => sum + kept.chars, 0);
    while (topic.recent.length > keptBatches || chars > keptChars) chars -= topic.recent.shift()?.chars ?? chars;
    for (const listener of [...topic.listeners]) deliver(listener, batch);
  }
}

function deliver(listener: Listener, batch: Batch): void {
  if (batch.lastSeq <= listener.seq) return;
  const news = batch.after(listener.seq);
  listener.seq = batch.lastSeq;
  listener.take(news);
}

function keyOf(tenantId: string, requestId: string): string {
  return `${tenantId} ${requestId}`;
}
