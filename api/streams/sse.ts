import type { Response } from 'express';
import type { RequestChange } from '../../db/request-changes.ts';
import type { ChangeHub } from './changes.ts';
import type { Batch } from './frame.ts';
import type { Listener, StreamHub } from './hub.ts';

const keepAliveMs = 15_000;
/** Bytes that may wait in one connection before its reader counts as slow and is dropped; it resumes by Last-Event-ID. */
const slowReaderBytes = 4 * 1024 * 1024;

/** One event stream to one reader. */
class EventStream {
  readonly #response: Response;
  readonly #timer: NodeJS.Timeout;

  /** Sends the head at once, so that the reader knows that it is connected. */
  constructor(response: Response) {
    this.#response = response;
    response.status(200);
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store, no-transform');
    response.setHeader('X-Accel-Buffering', 'no');
    response.socket?.setNoDelay(true);
    response.write('retry: 1000\n\n');
    this.#timer = setInterval(() => this.write(': keep-alive\n\n'), keepAliveMs);
    this.#timer.unref();
    response.once('close', () => clearInterval(this.#timer));
    // Who asks for the head alone would wait for its end as long as the stream lasts.
    if (response.req.method === 'HEAD') response.end();
  }

  get closed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  onClose(act: () => void): void {
    if (this.closed) act();
    else this.#response.once('close', act);
  }

  /** Writes, unless the reader is gone; drops a reader who does not keep up. */
  write(chunk: Buffer | string): void {
    if (this.closed || chunk.length === 0) return;
    // Looked at before the write: one large batch is not slowness, and a reader that resumes must always get ahead.
    if (this.#response.writableLength > slowReaderBytes) this.#response.destroy();
    else this.#response.write(chunk);
  }

  /** Resolves when what was written is on its way: true to go on, false when the reader is gone. */
  async drained(): Promise<boolean> {
    if (this.closed) return false;
    if (!this.#response.writableNeedDrain) return true;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#response.off('drain', done);
        this.#response.off('close', done);
        resolve();
      };
      this.#response.on('drain', done);
      this.#response.on('close', done);
    });
    return !this.closed;
  }
}

/** Streams one request, or one of its runs, from `afterSeq` on. Ids are seqs. */
export async function streamRequest(
  hub: StreamHub,
  response: Response,
  from: { tenantId: string; requestId: string; runId: string | null; afterSeq: number },
): Promise<void> {
  const stream = new EventStream(response);
  const listener: Listener = { seq: from.afterSeq, take: (batch) => stream.write(batch.bytes(from.runId)) };
  await serve(hub, stream, from, listener);
}

/**
 * Streams several requests. An id holds the position in each, in the order of `requestIds`, so that a reader resumes exactly.
 * `changes` adds the changes of the whole tenant from now on, without ids: a reader who comes back looks at its lists anew.
 */
export async function streamRequests(
  hub: StreamHub,
  response: Response,
  from: { tenantId: string; requestIds: string[]; after: number[]; changes: ChangeHub | null },
): Promise<void> {
  const stream = new EventStream(response);
  if (from.changes) stream.onClose(from.changes.join(from.tenantId, (change) => stream.write(frameOfChange(change))));
  const positions = from.requestIds.map((_, index) => from.after[index] ?? 0);
  const listeners = from.requestIds.map((requestId, index): { requestId: string; listener: Listener } => {
    const take = (batch: Batch) => stream.write(withPositions(batch, positions, index));
    return { requestId, listener: { seq: positions[index] ?? 0, take } };
  });
  await Promise.all(listeners.map(({ requestId, listener }) => serve(hub, stream, { tenantId: from.tenantId, requestId }, listener)));
}

async function serve(hub: StreamHub, stream: EventStream, of: { tenantId: string; requestId: string }, listener: Listener): Promise<void> {
  if (stream.closed) return;
  stream.onClose(() => hub.leave(of.tenantId, of.requestId, listener));
  await hub.join(of.tenantId, of.requestId, listener, () => stream.drained());
  // The reader may have left while it was joining.
  if (stream.closed) hub.leave(of.tenantId, of.requestId, listener);
}

function withPositions(batch: Batch, positions: number[], index: number): string {
  let text = '';
  for (const frame of batch.frames) {
    positions[index] = frame.seq;
    text += `id: ${positions.join(',')}\n${frame.text}`;
  }
  return text;
}

function frameOfChange(change: RequestChange): string {
  return `event: changed\ndata: ${JSON.stringify(change)}\n\n`;
}
