import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An image registry that answers and has nothing. */
export interface EmptyRegistry {
  /** `127.0.0.1:port`, which daemons of this machine ask without TLS. */
  name: string;
  close(): Promise<void>;
}

/** Starts one on a free port of this machine. */
export async function startEmptyRegistry(): Promise<EmptyRegistry> {
  const server = createServer((request, response) => {
    const isPing = request.url === '/v2/';
    response.writeHead(isPing ? 200 : 404, { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0' });
    response.end(isPing ? '{}' : JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: `127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
