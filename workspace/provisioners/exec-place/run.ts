import type { ExecEnd, ExecStream } from './port.ts';

/** What a short program may print, and how long it may take: its place is not trusted to end it. */
const maxOutputBytes = 64 * 1024;
const longestMs = 60_000;

/** Gives a short program its input and reads it to its end, 60 s and 64 KiB at most: what it said on stdout, and how it ended. */
export async function runShort<End extends ExecEnd>(stream: ExecStream<End>, input: string): Promise<End & { stdout: string }> {
  let stdout = '';
  stream.duplex.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('latin1');
    if (stdout.length > maxOutputBytes) stream.close();
  });
  const timer = setTimeout(stream.close, longestMs);
  stream.duplex.end(input);
  const end = await stream.ended;
  clearTimeout(timer);
  return { ...end, stdout: Buffer.from(stdout, 'latin1').toString('utf8') };
}
