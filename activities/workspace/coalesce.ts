import { setTimeout as sleep } from 'node:timers/promises';
import type { TailBatch } from '../../workspace/port.ts';

/**
 * Merges batches that come close together: the first goes out at once, later ones at most one each `windowMs`, at most
 * `maxLines` together. Errors of the source pass through after what was read before them.
 */
export async function* coalesce(source: AsyncIterable<TailBatch>, windowMs: number, maxLines: number): AsyncGenerator<TailBatch> {
  const iterator = source[Symbol.asyncIterator]();
  let pending = startNext(iterator);
  let sentAt = 0;
  try {
    for (;;) {
      const first = await pending;
      if (first.done) return;
      let { lines, endOffset } = first.value;
      pending = startNext(iterator);
      const window = new AbortController();
      const closed = sleep(Math.max(0, sentAt + windowMs - Date.now()), 'closed' as const, { signal: window.signal, ref: true }).catch(
        () => 'closed' as const,
      );
      while (lines.length < maxLines) {
        const next = await Promise.race([pending.catch(() => 'closed' as const), closed]);
        if (next === 'closed' || next.done) break;
        lines = lines.concat(next.value.lines);
        endOffset = next.value.endOffset;
        pending = startNext(iterator);
      }
      window.abort();
      sentAt = Date.now();
      yield { lines, endOffset };
    }
  } finally {
    // Not awaited: a source that waits for its next line would hold the reader back.
    iterator.return?.().catch(() => undefined);
  }
}

/** Asks for the next batch ahead of time; a failure is thrown when it is awaited, not as an unhandled rejection before. */
function startNext(iterator: AsyncIterator<TailBatch>): Promise<IteratorResult<TailBatch>> {
  const next = iterator.next();
  next.catch(() => undefined);
  return next;
}
