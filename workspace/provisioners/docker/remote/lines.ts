import type { TailBatch } from '../../../port.ts';
import { longestLineBytes, tampered } from '../../host-folder/tail.ts';

const newline = 10;

/**
 * Whole lines of a file that nobody writes any more, from an offset on, until `signal` aborts. DomainError `tampered` when the file is
 * shorter than that, or one of its lines longer than any event.
 */
export async function* linesFrom(
  content: AsyncIterable<Buffer>,
  offset: number,
  signal: AbortSignal,
  longestBytes = longestLineBytes,
): AsyncGenerator<TailBatch> {
  let seen = 0;
  let at = offset;
  let open: Buffer[] = [];
  let openBytes = 0;
  for await (const chunk of content) {
    if (signal.aborted) return;
    const news = chunk.subarray(Math.max(0, offset - seen));
    seen += chunk.length;
    const end = news.lastIndexOf(newline) + 1;
    if (end > 0) {
      const whole = Buffer.concat([...open, news.subarray(0, end)]);
      at += whole.length;
      yield { lines: whole.toString('utf8', 0, whole.length - 1).split('\n'), endOffset: at };
      open = [];
      openBytes = 0;
    }
    open.push(news.subarray(end));
    openBytes += news.length - end;
    if (openBytes > longestBytes) throw tampered('holds a line without an end');
  }
  if (!signal.aborted && seen < offset) throw tampered('is shorter than what was read of it');
}
