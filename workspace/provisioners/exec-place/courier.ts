import { constants, performServerHandshake } from 'node:http2';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { windowBytes } from '../../supervisor/pod/courier.ts';
import { connectDoor } from '../../supervisor/relay.ts';
import { inside } from '../host-folder/inside.ts';
import { ownPaths } from './layout.ts';
import type { ExecPlace } from './port.ts';

const againMs = 500;
/** The other side asks each second whether it is heard: one that is silent for this long is away, whatever the connection says. */
const silentMs = 40_000;

/** Doors of living places, held open through exec streams: each connection goes to the socket of its moment. Keeps no process alive. */
export function createCouriers(): { keep(place: ExecPlace, doorSocket: () => string): void; drop(name: string): void } {
  const kept = new Map<string, AbortController>();
  return {
    keep(place, doorSocket) {
      const { name } = place;
      if (kept.has(name)) return;
      const abort = new AbortController();
      kept.set(name, abort);
      void carry(place, doorSocket, abort.signal).finally(() => {
        if (kept.get(name) === abort) kept.delete(name);
      });
    },
    drop(name) {
      kept.get(name)?.abort();
      kept.delete(name);
    },
  };
}

/** Again and again, until the place's supervisor ended or nobody wants it any more. Never rejects. */
async function carry(place: ExecPlace, doorSocket: () => string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await carryOnce(place, doorSocket, signal).catch(() => undefined);
    if (signal.aborted) return;
    const state = await place.state().catch(() => null);
    if (state !== null && state.status !== 'running') return;
    await new Promise((resolve) => setTimeout(resolve, againMs).unref());
  }
}

async function carryOnce(place: ExecPlace, doorSocket: () => string, signal: AbortSignal): Promise<void> {
  const stream = await place.open([inside.node, ownPaths.supervisor, '--courier', ownPaths.doorSocket]);
  stream.unref();
  signal.addEventListener('abort', stream.close);
  try {
    if (signal.aborted) return stream.close();
    const session: ServerHttp2Session = performServerHandshake(stream.duplex, { settings: { initialWindowSize: windowBytes } });
    session.on('error', stream.close);
    session.on('close', stream.close);
    session.once('connect', () => session.setLocalWindowSize(windowBytes * 4));
    session.on('stream', (carried) => void connect(carried, doorSocket));
    closeWhenSilent(session, stream.close);
    await stream.ended;
    session.destroy();
  } finally {
    signal.removeEventListener('abort', stream.close);
  }
}

/** A connection that leads nowhere any more may look alive for a quarter of an hour. */
function closeWhenSilent(session: ServerHttp2Session, close: () => void): void {
  let heardMs = Date.now();
  session.on('ping', () => {
    heardMs = Date.now();
  });
  const timer = setInterval(() => {
    if (Date.now() - heardMs > silentMs) close();
  }, againMs * 10).unref();
  session.once('close', () => clearInterval(timer));
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
