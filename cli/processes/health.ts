import { request } from 'node:http';

/** GET /healthz at `unix:/path` or an http URL; null when it answers 200, else why not. */
export function healthProblem(address: string, timeoutMs: number): Promise<string | null> {
  const socketPath = address.startsWith('unix:') ? address.slice('unix:'.length) : null;
  return new Promise((resolve) => {
    const call = socketPath
      ? request({ socketPath, path: '/healthz', timeout: timeoutMs, agent: false })
      : request(new URL('/healthz', address), { timeout: timeoutMs, agent: false });
    call.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? null : `it answers ${response.statusCode}`);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on('error', (error) => resolve(error.message));
    call.end();
  });
}
