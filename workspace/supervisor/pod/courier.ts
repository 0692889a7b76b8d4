import { readlinkSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { connect as connectHttp2, constants } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A stream may have this much on its way; the default of 64 KiB would make each of them as slow as the way is long. */
export const windowBytes = 4 * 1024 ** 2;
const pingMs = 1_000;
/** A holder of the name that heard nothing for this long gives it to another courier, should there be one. */
const doubtMs = 4_000;
/** One that heard nothing for this long ends, and with it what waits for answers through it. */
const silentMs = 15_000;
const lookMs = 300;

/**
 * The gateway's door in a Pod without a network: listens on `doorSocket` and carries each connection as a stream of HTTP/2 over this
 * program's own stdin and stdout, which an exec connects with a process beside the gateway. Several may run, one for each process that
 * watches the workspace: the newest has the name, and another one takes it over when that one is gone or hears nothing any more.
 */
export async function carryDoor(doorSocket: string): Promise<void> {
  const own = `${doorSocket}.${process.pid}`;
  const end = (): never => {
    rmSync(own, { force: true });
    process.exit(0);
  };
  const session = openSession(end);
  await new Promise<void>((resolve) => session.once('connect', () => resolve()));
  session.setLocalWindowSize(windowBytes * 4);
  rmSync(own, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => carry(session, socket));
  await new Promise<void>((resolve) => server.listen(own, resolve));
  takeName(own, doorSocket);
  keepHearing(session, own, end);
  for (;;) {
    await sleep(lookMs);
    if (!holderHears(doorSocket) && Date.now() - statSync(own).mtimeMs < doubtMs) takeName(own, doorSocket);
  }
}

function openSession(end: () => void): ClientHttp2Session {
  const wire = Duplex.from({ readable: process.stdin, writable: process.stdout });
  const settings = { initialWindowSize: windowBytes, enablePush: false };
  const session = connectHttp2('http://door', { createConnection: () => wire, settings });
  session.on('error', end);
  session.on('close', end);
  process.stdin.on('end', end);
  return session;
}

function carry(session: ClientHttp2Session, socket: Socket): void {
  const stream = session.request({ ':method': 'POST', ':path': '/' }, { endStream: false });
  socket.on('error', () => stream.close(constants.NGHTTP2_CANCEL));
  stream.on('error', () => socket.destroy());
  stream.on('close', () => socket.destroySoon());
  socket.on('close', () => stream.close());
  socket.pipe(stream);
  stream.pipe(socket);
}

/** The time of the socket's file says when its courier last heard of the other side. */
function keepHearing(session: ClientHttp2Session, own: string, end: () => void): void {
  setInterval(() => {
    if (Date.now() - statSync(own).mtimeMs > silentMs) end();
    session.ping((error) => {
      if (!error) utimesSync(own, new Date(), new Date());
    });
  }, pingMs);
}

function takeName(own: string, doorSocket: string): void {
  rmSync(`${own}.link`, { force: true });
  symlinkSync(own, `${own}.link`);
  renameSync(`${own}.link`, doorSocket);
}

/** The name leads to the socket of a courier; the name of that socket says which process it is. */
function holderHears(doorSocket: string): boolean {
  try {
    const holder = readlinkSync(doorSocket);
    process.kill(Number(holder.split('.').at(-1)), 0);
    return Date.now() - statSync(holder).mtimeMs < doubtMs;
  } catch {
    return false;
  }
}
