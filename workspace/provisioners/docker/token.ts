import type Docker from 'dockerode';
import { finished } from 'node:stream/promises';

const writeMs = 30_000;

/**
 * Starts a container and hands its supervisor the run's token: the first line of its input, written to whoever reads it and kept by nobody.
 * Until then the supervisor waits, for `ready` too.
 */
export async function startWithToken(container: Docker.Container, runToken: string, ready: () => Promise<void>): Promise<void> {
  const input = await container.attach({ stream: true, stdin: true, stdout: false, stderr: false, hijack: true });
  // What breaks it is told once it is written to.
  input.on('error', () => undefined);
  try {
    await container.start();
    await ready();
  } catch (error) {
    // Without a token the supervisor ends.
    input.end();
    throw error;
  }
  input.end(`${runToken}\n`);
  await finished(input, { readable: false, signal: AbortSignal.timeout(writeMs) });
}
