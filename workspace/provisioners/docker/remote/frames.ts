/** A head of 8 bytes: the stream, three zeros, the size of what follows. */
const headBytes = 8;
const sizeAt = 4;
const streams = { 1: 'stdout', 2: 'stderr' } as const;

/**
 * Takes the connection of an exec apart (https://docs.docker.com/reference/api/engine/, "stream format"). The answer is called with each
 * piece of the connection; it is false once that is no such format. What is in a frame is told as it comes: the
 * library's own `demuxStream` keeps a frame until it is whole, and takes any other format for stdout.
 */
export function createFrames(tell: (kind: 'stdout' | 'stderr', data: Buffer) => void): (chunk: Buffer) => boolean {
  let head = Buffer.alloc(0);
  let kind: 'stdout' | 'stderr' = 'stdout';
  let left = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const data = chunk.subarray(at, at + left);
        tell(kind, data);
        left -= data.length;
        at += data.length;
        continue;
      }
      const part = chunk.subarray(at, at + headBytes - head.length);
      head = Buffer.concat([head, part]);
      at += part.length;
      if (head.length < headBytes) return true;
      const known = streams[head[0] as 1 | 2] as 'stdout' | 'stderr' | undefined;
      if (known === undefined) return false;
      kind = known;
      left = head.readUInt32BE(sizeAt);
      head = Buffer.alloc(0);
    }
    return true;
  };
}
