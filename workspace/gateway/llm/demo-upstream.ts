import { Readable } from 'node:stream';
import { handleDemoResponses } from './demo/respond.ts';
import { demoModels } from './demo/serve.ts';
import { encodeAll } from './demo/sse.ts';
import type { Upstream } from './upstream.ts';

/** The scripted demo model as an upstream like any other, inside this process. */
export function createDemoUpstream(): Upstream {
  return {
    name: 'demo',
    async send(request) {
      if (request.path.split('?', 1)[0] === '/v1/models') {
        return {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: Readable.from([Buffer.from(JSON.stringify(demoModels))]),
        };
      }
      const body = parse(request.body);
      const stream = Readable.from(encodeAll(handleDemoResponses(body)), { objectMode: false, signal: request.signal });
      return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: stream };
    },
  };
}

function parse(body: Buffer | null): unknown {
  try {
    return JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return null;
  }
}
