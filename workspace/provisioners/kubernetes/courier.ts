import { performServerHandshake } from 'node:http2';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import { inside } from '../host-folder/inside.ts';
import { windowBytes } from '../../supervisor/pod/courier.ts';
import { connectDoor } from '../../supervisor/relay.ts';
import type { Cluster } from './client.ts';
import { stateOf } from './judge.ts';
import { containers, podPaths } from './layout.ts';
import { readPod } from './pods.ts';
import { openStream } from './stream.ts';

const againMs = 500;

/** Doors of living workspaces, held open through exec streams: each connection goes to the socket of its moment. Keeps no process alive. */
export function createCouriers(cluster: Cluster): { keep(pod: string, doorSocket: () => string): void; drop(pod: string): void } {
  const kept = new Map<string, AbortController>();
  return {
    keep(pod, doorSocket) {
      if (kept.has(pod)) return;
      const abort = new AbortController();
      kept.set(pod, abort);
      void carry(cluster, pod, doorSocket, abort.signal).finally(() => {
        if (kept.get(pod) === abort) kept.delete(pod);
      });
    },
    drop(pod) {
      kept.get(pod)?.abort();
      kept.delete(pod);
    },
  };
}

/** Again and again, until the Pod's supervisor ended or nobody wants it any more. Never rejects. */
async function carry(cluster: Cluster, pod: string, doorSocket: () => string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await carryOnce(cluster, pod, doorSocket, signal).catch(() => undefined);
    if (signal.aborted) return;
    const state = await readPod(cluster, pod).then(stateOf, () => null);
    if (state !== null && state.status !== 'running') return;
    await new Promise((resolve) => setTimeout(resolve, againMs).unref());
  }
}

async function carryOnce(cluster: Cluster, pod: string, doorSocket: () => string, signal: AbortSignal): Promise<void> {
  const stream = await openStream(cluster, pod, containers.supervisor, [
    inside.node,
    podPaths.supervisor,
    '--courier',
    podPaths.doorSocket,
  ]);
  stream.unref();
  signal.addEventListener('abort', stream.close);
  try {
    if (signal.aborted) return stream.close();
    const session: ServerHttp2Session = performServerHandshake(stream.duplex, { settings: { initialWindowSize: windowBytes } });
    session.on('error', stream.close);
    session.on('close', stream.close);
    session.once('connect', () => session.setLocalWindowSize(windowBytes * 4));
    session.on('stream', (carried) => void connect(carried, doorSocket));
    await stream.ended;
    session.destroy();
  } finally {
    signal.removeEventListener('abort', stream.close);
  }
}

/** One connection of the workspace to the gateway's door, which may be away for a while. */
async function connect(carried: ServerHttp2Stream, doorSocket: () => string): Promise<void> {
  carried.on('error', () => undefined);
  const socket = await connectDoor(doorSocket, { allowHalfOpen: true });
  if (!socket || carried.destroyed) {
    socket?.destroy();
    carried.close(constants.NGHTTP2_REFUSED_STREAM);
    return;
  }
  carried.respond({ ':status': 200 });
  socket.on('error', () => carried.close(constants.NGHTTP2_CANCEL));
  socket.on('close', () => carried.end());
  carried.on('close', () => socket.destroySoon());
  carried.pipe(socket);
  socket.pipe(carried);
}
