import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { messageOf } from '../../../../workflows/contracts/errors.ts';
import { streamFailure } from '../../exec-place/port.ts';
import type { ExecStream } from '../../exec-place/port.ts';
import type { DockerDaemon } from '../client.ts';
import { createFrames } from './frames.ts';

const openMs = 30_000;
const probeMs = 10_000;
const stderrTailChars = 500;

/** Runs a program in a container over a connection of the daemon. DomainError `exec-stream` when it refuses, or does not answer in time. */
export async function openExec({ docker }: DockerDaemon, container: string, argv: string[]): Promise<ExecStream> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), openMs);
  try {
    const exec = await docker.getContainer(container).exec({
      ...{ Cmd: argv, AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false, WorkingDir: '/' },
      abortSignal: late.signal,
    });
    return wrap(await exec.start({ hijack: true, stdin: true, abortSignal: late.signal }));
  } catch (error) {
    throw streamFailure(`exec: a stream into ${container.slice(0, 12)} was refused: ${messageOf(error)}`, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The daemon's one connection for a program: what is written is its stdin, what comes are frames of its stdout and stderr. */
function wrap(connection: Duplex): ExecStream {
  const socket = connection instanceof Socket ? connection : null;
  socket?.setKeepAlive(true, probeMs);
  let stderr = '';
  const duplex: Duplex = new Duplex({
    allowHalfOpen: true,
    read: () => void connection.resume(),
    write: (chunk: Buffer, _, done) => void connection.write(chunk, done),
    final: (done) => void connection.end(() => done()),
    destroy(error, done) {
      connection.destroy();
      done(error);
    },
  });
  // Whoever uses it looks at `ended`.
  duplex.on('error', () => undefined);
  const frames = createFrames((kind, data) => {
    if (kind === 'stderr') stderr = (stderr + data.toString('utf8')).slice(-stderrTailChars);
    else if (!duplex.destroyed && !duplex.push(data)) connection.pause();
  });
  connection.on('data', (chunk: Buffer) => {
    if (!frames(chunk)) connection.destroy();
  });
  connection.on('error', (error) => duplex.destroy(error));
  // Its program ended: nothing is left to be said to it.
  connection.once('end', () => connection.end());
  const ended = new Promise<{ stderr: string }>((resolve) => {
    connection.once('close', () => {
      if (!duplex.readableEnded && !duplex.destroyed) duplex.push(null);
      if (!duplex.writableEnded) duplex.end();
      resolve({ stderr });
    });
  });
  return { duplex, ended, close: () => duplex.destroy(), unref: () => socket?.unref() };
}
