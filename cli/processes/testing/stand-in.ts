import { createServer } from 'node:http';
import { exitWithParent, reportReady } from '../../../config/exit-with-parent.ts';

/** Stands in for one of our processes in tests of the supervisor: answers with its pid and environment wherever it is told to listen. */
exitWithParent();
process.on('SIGTERM', () => setTimeout(() => process.exit(0), Number(process.env['STAND_IN_SLOW_MS'] ?? 0)));

const role = process.argv[1]?.includes('stand-in-api') ? 'api' : 'other';
if (role === 'api') {
  const server = createServer((_request, response) => response.end(JSON.stringify({ pid: process.pid, environment: process.env })));
  server.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
} else {
  setInterval(() => {}, 60_000);
}
reportReady();
