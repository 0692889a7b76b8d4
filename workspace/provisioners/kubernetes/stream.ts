import { Duplex } from 'node:stream';
import type { V1Status } from '@kubernetes/client-node';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { streamFailure } from '../exec-place/port.ts';
import type { ExecEnd, ExecStream } from '../exec-place/port.ts';
import { runShort } from '../exec-place/run.ts';
import type { Cluster } from './client.ts';

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
const stdinChannel = Buffer.from([channel.stdin]);
const closeStdin = Buffer.from([channel.close, channel.stdin]);
const pieceBytes = 31 * 1024;
const stderrTailChars = 500;
const pingMs = 10_000;
const openMs = 30_000;
/** Longest silence of the other side, pings included. */
const silentMs = 40_000;

/** What is used of the client library's socket, which comes without types. */
interface WebSocket {
  readyState: number;
  readonly OPEN: number;
  send(data: Buffer, done: (error?: Error | null) => void): void;
  ping(): void;
  terminate(): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'pong', listener: () => void): void;
  once(event: 'close', listener: () => void): void;
  /** The connection below; the library's own `pause` depends on its version. */
  _socket?: { unref(): void; pause(): void; resume(): void };
}

/** How a program ended; null when the connection broke before that was known. */
export interface StreamEnd extends ExecEnd {
  exitCode: number | null;
}

/** The standard streams of a program in a Pod. */
type PodStream = ExecStream<StreamEnd>;

/**
 * Runs a program in a container (`argv`), or takes the streams of the container's own first program (`argv` null), over a WebSocket.
 * DomainError `exec-stream` when the API server or the node refuses.
 */
export async function openStream(cluster: Cluster, pod: string, container: string, argv: string[] | null): Promise<PodStream> {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true', tty: 'false' });
  for (const part of argv ?? []) query.append('command', part);
  const path = `/api/v1/namespaces/${cluster.namespace}/pods/${pod}/${argv ? 'exec' : 'attach'}?${query.toString()}`;
  const early: [number, Buffer][] = [];
  let receive = (stream: number, data: Buffer): void => void early.push([stream, data]);
  let socket: WebSocket;
  try {
    const connecting = cluster.sockets.connect(path, null, (stream, data) => {
      receive(stream, data);
      return true;
    });
    socket = await opened(connecting as unknown as Promise<WebSocket>);
  } catch (error) {
    const said = error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error);
    throw streamFailure(`exec: a stream into ${pod} was refused: ${said}`, error);
  }
  const wrapped = wrap(socket);
  receive = wrapped.receive;
  for (const [stream, data] of early) receive(stream, data);
  return wrapped.stream;
}

/** A server that hangs is as good as one that refuses; what it opens later is closed. */
async function opened(connecting: Promise<WebSocket>): Promise<WebSocket> {
  let isLate = false;
  connecting.then(
    (socket) => isLate && socket.terminate(),
    () => undefined,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new Error(`no answer within ${openMs / 1000} s`));
    }, openMs);
  });
  return Promise.race([connecting, late]).finally(() => clearTimeout(timer));
}

function wrap(socket: WebSocket): { stream: PodStream; receive(stream: number, data: Buffer): void } {
  let stderr = '';
  let exitCode: number | null = null;
  let heardMs = Date.now();
  const duplex = new Duplex({
    allowHalfOpen: true,
    read: () => socket._socket?.resume(),
    write(chunk: Buffer, _, done) {
      sendPieces(socket, chunk, done);
    },
    final(done) {
      if (socket.readyState !== socket.OPEN) return done();
      socket.send(closeStdin, () => done());
    },
    destroy(error, done) {
      socket.terminate();
      done(error);
    },
  });
  // Whoever uses it looks at `ended`.
  duplex.on('error', () => undefined);
  socket.on('error', (error) => duplex.destroy(error));
  socket.on('pong', () => {
    heardMs = Date.now();
  });
  const pings = setInterval(() => {
    if (Date.now() - heardMs > silentMs) duplex.destroy();
    else if (socket.readyState === socket.OPEN) socket.ping();
  }, pingMs).unref();
  const ended = new Promise<StreamEnd>((resolve) => {
    socket.once('close', () => {
      clearInterval(pings);
      if (!duplex.readableEnded) duplex.push(null);
      if (!duplex.writableEnded) duplex.end();
      resolve({ exitCode, stderr });
    });
  });

  function receive(stream: number, data: Buffer): void {
    heardMs = Date.now();
    if (stream === channel.stdout && data.length > 0 && !duplex.destroyed && !duplex.push(data)) socket._socket?.pause();
    if (stream === channel.stderr) stderr = (stderr + data.toString('utf8')).slice(-stderrTailChars);
    if (stream === channel.status) exitCode = exitCodeOf(data, (why) => (stderr = `${stderr} ${why}`.trim()));
  }
  return {
    receive,
    stream: {
      duplex,
      ended,
      close: () => duplex.destroy(),
      unref: () => socket._socket?.unref(),
    },
  };
}

/** The API server cuts connections with larger messages. They go in order, so the last one's word is that of all. */
function sendPieces(socket: WebSocket, data: Buffer, done: (error: Error | null) => void): void {
  for (let at = 0; at < data.length; at += pieceBytes) {
    const piece = Buffer.concat([stdinChannel, data.subarray(at, at + pieceBytes)]);
    const isLast = at + pieceBytes >= data.length;
    socket.send(piece, isLast ? (error) => done(error ?? null) : () => undefined);
  }
  if (data.length === 0) done(null);
}

/** The status that the API server sends last: success, an exit code, or why the program was not started at all. */
function exitCodeOf(data: Buffer, onFailure: (why: string) => void): number | null {
  let status: V1Status;
  try {
    status = JSON.parse(data.toString('utf8')) as V1Status;
  } catch (error) {
    onFailure(messageOf(error));
    return null;
  }
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  if (!cause) onFailure(status.message ?? '');
  return cause ? Number(cause.message) : null;
}

/** Runs a short program in a container to its end (`runShort`). DomainError `exec-stream`. */
export async function runInPod(
  cluster: Cluster,
  pod: string,
  container: string,
  argv: string[],
  input: string,
): Promise<StreamEnd & { stdout: string }> {
  return runShort(await openStream(cluster, pod, container, argv), input);
}
