import { createServer } from 'node:http';
import { exitWithParent, reportReady } from '../../../config/exit-with-parent.ts';

/** A small process for tests of the supervisor: serves its pid where our real ones serve /healthz, and ends slowly when told to. */
const socket = process.env['STAND_IN_SOCKET'];
const slowMs = Number(process.env['STAND_IN_SLOW_MS'] ?? 0);

exitWithParent();
process.on('SIGTERM', () => setTimeout(() => process.exit(0), slowMs));
createServer((_request, response) => response.end(JSON.stringify({ pid: process.pid, environment: process.env }))).listen(
  socket ? { path: socket } : { host: '127.0.0.1', port: Number(process.env['PORT']) },
);
reportReady();
