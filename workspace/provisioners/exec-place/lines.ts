import type { Readable } from 'node:stream';
import { longestLineBytes, tampered } from '../host-folder/tail.ts';

const newline = 10;
/** A frame has lines of events as JSON, which may double them. */
const longestFrameBytes = 2 * longestLineBytes + 1024 ** 2;

/**
 * The whole lines that come out of a connection, until it ends or breaks: what it was cut off in is left out.
 * DomainError `tampered` for a line without an end.
 */
export async function* linesOf(connection: Readable, longestBytes = longestFrameBytes): AsyncGenerator<string> {
  let open: Buffer[] = [];
  let openBytes = 0;
  const chunks = connection[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    // One that was closed, by whomever, rejects.
    const next = await chunks.next().catch(() => null);
    if (next === null || next.done === true) return;
    let from = 0;
    for (let at = next.value.indexOf(newline); at !== -1; at = next.value.indexOf(newline, from)) {
      yield Buffer.concat([...open, next.value.subarray(from, at)]).toString('utf8');
      open = [];
      openBytes = 0;
      from = at + 1;
    }
    if (from === next.value.length) continue;
    open.push(next.value.subarray(from));
    openBytes += next.value.length - from;
    if (openBytes > longestBytes) throw tampered('holds a line without an end');
  }
}
