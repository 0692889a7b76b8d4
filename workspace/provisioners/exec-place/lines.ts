import type { Readable } from 'node:stream';

const newline = 10;

/** The whole lines that come out of a connection, until it ends or breaks: what it was cut off in is left out. */
export async function* linesOf(connection: Readable): AsyncGenerator<string> {
  let open: Buffer[] = [];
  const chunks = connection[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    // One that was closed, by whomever, rejects.
    const next = await chunks.next().catch(() => null);
    if (next === null || next.done === true) return;
    let from = 0;
    for (let at = next.value.indexOf(newline); at !== -1; at = next.value.indexOf(newline, from)) {
      yield Buffer.concat([...open, next.value.subarray(from, at)]).toString('utf8');
      open = [];
      from = at + 1;
    }
    if (from < next.value.length) open.push(next.value.subarray(from));
  }
}
