import { DomainError } from '../../../../workflows/contracts/errors.ts';
import type { TailBatch } from '../../../port.ts';

const newline = 10;

/** Whole lines of a file that nobody writes any more, from an offset on. DomainError `tampered` when it is shorter than that. */
export async function* linesFrom(content: AsyncIterable<Buffer>, offset: number): AsyncGenerator<TailBatch> {
  let seen = 0;
  let at = offset;
  let open = Buffer.alloc(0);
  for await (const chunk of content) {
    const news = chunk.subarray(Math.max(0, offset - seen));
    seen += chunk.length;
    open = Buffer.concat([open, news]);
    const end = open.lastIndexOf(newline) + 1;
    if (end === 0) continue;
    at += end;
    yield {
      lines: open
        .subarray(0, end - 1)
        .toString('utf8')
        .split('\n'),
      endOffset: at,
    };
    open = Buffer.from(open.subarray(end));
  }
  if (seen < offset) throw new DomainError('permanent', 'tampered', 'watch: the event file is shorter than what was read of it');
}
