import type Docker from 'dockerode';

/**
 * Starts a container and hands its supervisor the run's token: the first line of its input, written to whoever reads it and kept by nobody.
 * Until then the supervisor waits, for `ready` too.
 */
export async function startWithToken(container: Docker.Container, runToken: string, ready: () => Promise<void>): Promise<void> {
  const input = await container.attach({ stream: true, stdin: true, stdout: false, stderr: false, hijack: true });
  const closed = new Promise<void>((resolve, reject) => {
    input.once('error', reject);
    input.once('finish', resolve);
  });
  closed.catch(() => undefined);
  try {
    await container.start();
    await ready();
  } catch (error) {
    // Without a token the supervisor ends.
    input.end();
    throw error;
  }
  input.end(`${runToken}\n`);
  await closed;
}
