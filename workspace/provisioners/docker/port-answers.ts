import type Docker from 'dockerode';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readySeconds, waitForPort } from '../service-rules.ts';

/** What the program that asks a port may take beside its asking. */
const graceSeconds = 30;

/**
 * Whether a port of a workspace's loopback answers in time, asked by a program in its container: the loopback is nobody else's. Rejects with
 * what breaks the connection.
 */
export async function portAnswers(docker: Docker, workspace: string, port: number): Promise<boolean> {
  const exec = await docker.getContainer(workspace).exec({
    Cmd: waitForPort(port, readySeconds),
    AttachStdout: true,
    AttachStderr: true,
  });
  const said = await exec.start({ hijack: true, stdin: false });
  try {
    await pipeline(said, new PassThrough().resume(), { signal: AbortSignal.timeout((readySeconds + graceSeconds) * 1000) });
  } finally {
    said.destroy();
  }
  return (await exec.inspect()).ExitCode === 0;
}
