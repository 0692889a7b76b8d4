import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { chunkOf, endOf, monotonicMicros } from './sse-stream.ts';

/** A model server on loopback, a process of its own: answers each call with the chunks that it asks for, at that pace. */
async function serve(): Promise<void> {
  const server = http.createServer((request, response) => {
    response.on('error', () => undefined);
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit(0));
}

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { input } = JSON.parse(await text(request)) as { input: string };
  const [chunks = 0, perSecond = 1] = input.split(' ').map(Number);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const beganMicros = monotonicMicros();
  for (let index = 0; index < chunks && !response.destroyed; index++) {
    // By the clock and not by the pause before: a late chunk does not delay those after it.
    const dueMs = (index * 1000) / perSecond - (monotonicMicros() - beganMicros) / 1000;
    if (dueMs > 0) await sleep(dueMs);
    response.write(chunkOf(index, monotonicMicros()));
  }
  response.end(endOf(chunks));
}

await serve();
