import http from 'node:http';

/** Microseconds of the machine's monotonic clock: the same for every process. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** What one stream is asked for: chunks in all, and how many a second. */
export interface StreamShape {
  chunks: number;
  perSecond: number;
}

/** One chunk as the upstream sends it: an event of a model's answer that says when it was written. */
export function chunkOf(index: number, sentMicros: number): string {
  const data = { type: 'response.output_text.delta', delta: 'some words of an answer ', sequence_number: index, sent: sentMicros };
  return `event: response.output_text.delta\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The event that ends an answer, with its usage. */
export function endOf(chunks: number): string {
  const usage = { input_tokens: 100, output_tokens: chunks, total_tokens: 100 + chunks };
  return `event: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response: { id: 'r', usage } })}\n\n`;
}

/** Where a stream is read: the upstream itself, or the gateway's socket with the token of a run. */
export type StreamPlace = { port: number } | { socketPath: string; token: string };

/**
 * Asks for one answer and reads it as an agent does: the latency of each chunk, written -> here, in milliseconds. Rejects when the
 * status is not 200, a chunk is missing, twice or out of order, or the answer breaks off before its end.
 */
export async function readStream(place: StreamPlace, { chunks, perSecond }: StreamShape): Promise<number[]> {
  const body = JSON.stringify({ model: 'bench', stream: true, input: `${chunks} ${perSecond}` });
  const credential = 'token' in place ? { authorization: `Bearer ${place.token}` } : {};
  const where = 'token' in place ? { socketPath: place.socketPath } : { host: '127.0.0.1', port: place.port };
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', ...credential };
  const request = http.request({ ...where, method: 'POST', path: '/v1/responses', agent: false, headers });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => request.once('response', resolve).once('error', reject));
  request.end(body);
  const response = await answered;
  const latenciesMs: number[] = [];
  let rest = '';
  let isWhole = false;
  for await (const bytes of response.setEncoding('utf8') as AsyncIterable<string>) {
    const hereMicros = monotonicMicros();
    const events = (rest + bytes).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      const found = /"sequence_number":(\d+),"sent":(\d+)/.exec(event);
      if (found && Number(found[1]) === latenciesMs.length) latenciesMs.push((hereMicros - Number(found[2])) / 1000);
      else isWhole = event.startsWith('event: response.completed') && latenciesMs.length === chunks;
    }
  }
  if (response.statusCode !== 200 || !isWhole)
    throw new Error(
      `a stream ended with status ${response.statusCode} after ${latenciesMs.length} of ${chunks} chunks: ${rest.slice(0, 300)}`,
    );
  return latenciesMs;
}
