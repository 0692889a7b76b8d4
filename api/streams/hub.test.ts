import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../../config/logger.ts';
import type { RunLog } from '../../db/run-log/port.ts';
import type { LogEvent } from '../../workflows/contracts/events.ts';
import type { Batch } from './frame.ts';
import { StreamHub, type Listener } from './hub.ts';

/** A run log in memory that counts its reads and tells news only when asked to. */
class MemoryLog implements Pick<RunLog, 'read' | 'subscribe'> {
  readonly events: LogEvent[] = [];
  reads = 0;
  failing = false;
  #tell: (news: { tenantId: string; requestId: string; lastSeq: number }) => void = () => undefined;

  add(count: number): void {
    for (let made = 0; made < count; made++) {
      const seq = this.events.length + 1;
      this.events.push({ seq, requestId: 'r', runId: null, attempt: null, emittedAtMs: 0, type: 'warning', data: { message: `${seq}` } });
    }
  }

  tell(): void {
    this.#tell({ tenantId: 't', requestId: 'r', lastSeq: this.events.length });
  }

  read(_tenantId: string, { afterSeq, beforeSeq, limit }: Parameters<RunLog['read']>[1]): Promise<LogEvent[]> {
    this.reads++;
    if (this.failing) return Promise.reject(new Error('the database is away'));
    if (beforeSeq !== undefined) return Promise.resolve(this.events.filter(({ seq }) => seq < beforeSeq).slice(-limit));
    return Promise.resolve(this.events.filter(({ seq }) => seq > afterSeq).slice(0, limit));
  }

  subscribe(onNews: (news: { tenantId: string; requestId: string; lastSeq: number }) => void): Promise<() => Promise<void>> {
    this.#tell = onNews;
    return Promise.resolve(() => Promise.resolve());
  }
}

function openHub(log: MemoryLog, catchUpMs = 20): StreamHub {
  return new StreamHub({ runLog: log as unknown as RunLog, logger: createLogger('test', { silent: true }), catchUpMs });
}

function listen(seq = 0): Listener & { seqs: number[] } {
  const seqs: number[] = [];
  return { seq, seqs, take: (batch: Batch) => void seqs.push(...batch.frames.map((frame) => frame.seq)) };
}

const ready = () => Promise.resolve(true);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('StreamHub', () => {
  it('reads once for two hundred readers and gives every one the whole log in order, whenever it joined', async () => {
    const log = new MemoryLog();
    const hub = openHub(log, 60_000);
    await hub.start();
    log.add(2500);
    const readers = Array.from({ length: 200 }, () => listen());
    await hub.join('t', 'r', readers[0]!, ready);
    await until(() => readers[0]!.seqs.length === 2500);

    for (const reader of readers.slice(1, 100)) await hub.join('t', 'r', reader, ready);
    log.add(10);
    log.tell();
    await until(() => readers[0]!.seqs.length === 2510);
    const readsBefore = log.reads;
    for (const reader of readers.slice(100)) {
      reader.seq = 2505;
      await hub.join('t', 'r', reader, ready);
    }
    log.add(10);
    log.tell();
    await until(() => readers.every((reader) => reader.seq === 2520));
    await hub.stop();

    for (const reader of readers.slice(0, 100)) expect(reader.seqs).toEqual(upTo(2520));
    for (const reader of readers.slice(100)) expect(reader.seqs).toEqual(upTo(2520, 2506));
    expect(log.reads - readsBefore).toBeLessThan(5);
  });

  it('catches up without a notification, and after the database was away', async () => {
    const log = new MemoryLog();
    const hub = openHub(log);
    await hub.start();
    const reader = listen();
    await hub.join('t', 'r', reader, ready);

    log.failing = true;
    log.add(3);
    log.tell();
    const failed = log.reads;
    await until(() => log.reads > failed + 1);
    log.failing = false;
    await until(() => reader.seqs.length === 3);
    await hub.stop();

    expect(reader.seqs).toEqual([1, 2, 3]);
  });

  it('serves everybody when a reader claims to be further than the log', async () => {
    const log = new MemoryLog();
    const hub = openHub(log, 60_000);
    await hub.start();
    log.add(5);
    const [ahead, other] = [listen(999_999), listen()];

    await hub.join('t', 'r', ahead, ready);
    await hub.join('t', 'r', other, ready);
    log.add(1);
    log.tell();
    await until(() => ahead.seqs.length > 0 && other.seqs.length === 6);

    expect([ahead.seqs, other.seqs]).toEqual([[6], upTo(6)]);
    await hub.stop();
  });

  it('goes on when the log was restored to an earlier day', async () => {
    const log = new MemoryLog();
    const hub = openHub(log, 60_000);
    await hub.start();
    log.add(9);
    await hub.join('t', 'r', listen(), ready);
    log.events.length = 4;
    const late = listen(4);

    await hub.join('t', 'r', late, ready);
    log.add(1);
    log.tell();
    await hub.join('t', 'r', listen(5), ready);
    await until(() => late.seqs.length > 0);

    expect(late.seqs).toEqual([5]);
    await hub.stop();
  });

  it('stops reading for a reader that left while it was joining', async () => {
    const log = new MemoryLog();
    const hub = openHub(log);
    await hub.start();
    log.add(5000);
    const reader = listen();

    await hub.join('t', 'r', reader, () => Promise.resolve(false));
    await hub.stop();

    expect(reader.seqs).toEqual(upTo(1000));
    expect(hub.topicCount).toBe(0);
  });
});
