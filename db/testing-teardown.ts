import type { Server } from 'node:http';
import type { TestServerHost } from './testing-host.ts';

/** Jest's global tear-down: ends the shared server, should a test have started it. */
export default async function teardown(): Promise<void> {
  const run = (globalThis as { astraforgeTestRun?: { host: TestServerHost; broker: Server } }).astraforgeTestRun;
  run?.broker.close();
  run?.broker.closeAllConnections();
  await run?.host.stop();
}
