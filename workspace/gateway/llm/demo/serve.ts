import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { handleDemoResponses } from './respond.ts';
import { encodeAll } from './sse.ts';

/** What `GET /v1/models` answers: the demo model takes any name. */
export const demoModels = { object: 'list', data: [{ id: 'demo', object: 'model', created: 0, owned_by: 'astraforge' }] } as const;

/** Serves `POST /v1/responses` and `GET /v1/models` of the demo model over HTTP. Rejects when the client is gone. */
export async function serveDemo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (request.method === 'GET' && path === '/v1/models') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(demoModels));
    return;
  }
  if (request.method !== 'POST' || path !== '/v1/responses') {
    response
      .writeHead(404, { 'content-type': 'application/json' })
      .end('{"error":{"message":"unknown route","type":"invalid_request_error","code":"unknown-route","param":null}}');
    return;
  }
  const body: unknown = await json(request).catch(() => null);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  await pipeline(Readable.from(encodeAll(handleDemoResponses(body))), response);
}
