import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface TestServerHost {
  /** `postgres://user:password@host:port` of the running server; starts it the first time. */
  url(): Promise<string>;
  /** Ends the server and removes its data; nothing when it never started. */
  stop(): Promise<void>;
}

/** Starts `testing-server.ts` when it is first asked for. The server ends with the pipe to it, however this process ends. */
export function createTestServerHost(): TestServerHost {
  let child: ChildProcess | null = null;
  let starting: Promise<string> | null = null;

  async function start(): Promise<string> {
    const server = spawn(process.execPath, [fileURLToPath(new URL('./testing-server.ts', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child = server;
    for await (const line of createInterface({ input: server.stdout })) return (JSON.parse(line) as { url: string }).url;
    throw new Error('the test database server ended before it was ready');
  }

  return {
    url: () => (starting ??= start()),
    async stop() {
      const server = child;
      if (!server || server.exitCode !== null) return;
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.stdin?.end();
      await exited;
    },
  };
}
