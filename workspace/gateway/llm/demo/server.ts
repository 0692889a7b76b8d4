import http from 'node:http';
import { serveDemo } from './serve.ts';

// The demo model as a server of its own, for the bench's work by hand: `node server.ts [port]` prints its address.
const server = http.createServer((request, response) => {
  serveDemo(request, response).catch(() => response.destroy());
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify(server.address())}\n`);
});
