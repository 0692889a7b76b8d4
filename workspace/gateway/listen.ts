import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { maxSocketPathBytes } from '../../config/paths.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';

/** Every open connection of a server, tunnels too: an http.Server forgets a socket once it was handed to `connect`. */
const connections = new WeakMap<Server, Set<Socket>>();

/** Listens on `unix:/path` or on host and port of an http URL. */
export async function listenOnAddress(server: Server, address: string): Promise<void> {
  if (address.startsWith('unix:')) return listenOnSocket(server, address.slice('unix:'.length));
  const { hostname, port } = new URL(address);
  await listening(server, () => server.listen(Number(port) || 80, hostname.replace(/^\[|\]$/g, '')));
}

/**
 * Listens on a Unix socket (0600 in a 0700 folder). A file that a dead gateway left there is replaced; one that somebody
 * answers on is DomainError `socket-in-use`, a path that is too long for a socket `socket-path-long`.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    const mend = 'Choose a shorter GATEWAY_ID or STATE_DIR.';
    throw new DomainError('permanent', 'socket-path-long', `gateway: ${path} is longer than ${maxSocketPathBytes} bytes. ${mend}`);
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if ((await lookAtSocket(path)) !== 'nobody') {
    throw new DomainError(
      'permanent',
      'socket-in-use',
      `Another gateway is listening on ${path}. Stop it, or choose another GATEWAY_ID or STATE_DIR.`,
    );
  }
  if (await exists(path)) await rm(path);
  await listening(server, () => server.listen(path));
  await chmod(path, 0o600);
}

/** Stops a server: no new requests at once, those under way have `graceMs` to end, then they are cut. */
export async function stopServer(server: Server, graceMs: number): Promise<void> {
  const closed = server.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve();
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    for (const socket of connections.get(server) ?? []) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(cut);
}

async function listening(server: Server, start: () => void): Promise<void> {
  const open = new Set<Socket>();
  connections.set(server, open);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.removeListener('error', reject);
      resolve();
    });
    start();
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** Who is at a Unix socket: somebody who takes connections, nobody, or somebody who took none within `timeoutMs`. */
export function lookAtSocket(path: string, timeoutMs = 1_000): Promise<'answers' | 'nobody' | 'silent'> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const end = (found: 'answers' | 'nobody' | 'silent') => {
      clearTimeout(late);
      probe.destroy();
      resolve(found);
    };
    // A process that was stopped for long looks at its timers first: what came meanwhile counts.
    const late = setTimeout(() => setImmediate(() => end('silent')), timeoutMs);
    probe.once('connect', () => end('answers'));
    probe.once('error', () => end('nobody'));
  });
}
