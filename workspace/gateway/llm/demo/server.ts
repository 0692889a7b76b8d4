import http from 'node:http';
import { json } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { handleDemoResponses } from './respond.ts';
import { encodeAll } from './sse.ts';

/** What `GET /v1/models` answers: the demo model takes any name. */
export const demoModels = { object: 'list', data: [{ id: 'demo', object: 'model', created: 0, owned_by: 'astraforge' }] } as const;

/** The demo model as a server of its own (for CODEX_WORKSPACE_PROXY_URL=local); not listening yet. */
export function createDemoServer(): http.Server {
  return http.createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
}

async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
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

if (import.meta.main) {
  const port = Number(process.argv[2] ?? 0);
  const server = createDemoServer().listen(port, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify(server.address())}\n`);
  });
}
