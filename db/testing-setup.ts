import { createServer, type Server } from 'node:http';
import { createTestServerHost, type TestServerHost } from './testing-host.ts';

interface TestRun {
  host: TestServerHost;
  broker: Server;
}

/** Jest's global set-up: a broker through which the first test that needs a database starts the server that all share. */
export default async function setup(): Promise<void> {
  const host = createTestServerHost();
  const broker = createServer((_request, response) => {
    // A kept connection may be closed in the very moment in which the next test file asks over it.
    response.shouldKeepAlive = false;
    host.url().then(
      (url) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  const address = broker.address();
  if (address === null || typeof address === 'string') throw new Error('the broker of the test database has no port');
  process.env['ASTRAFORGE_TEST_DATABASE_BROKER'] = `http://127.0.0.1:${address.port}`;
  (globalThis as { astraforgeTestRun?: TestRun }).astraforgeTestRun = { host, broker };
}
