import { EventEmitter } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { AgentProcess } from '../executors/agent-process.ts';
import { Hello, launchSocket, Report } from './launcher/protocol.ts';
import type { ContainerUsage, Order } from './launcher/protocol.ts';

/** How long a launcher may be away (it is between two lives of its own) before its container counts as lost. */
const awayMs = 20_000;
const endMs = 10_000;
const maxHelloBytes = 1024;

/** A container of this Pod in which a launcher starts what it is told. */
export interface LaunchPlace {
  start(argv: string[], options: { env: Record<string, string>; cwd: string }): AgentProcess;
  /** Kills every program and all that they left, and resolves when that is gone. DomainError `isolation` when it is not within 10 s. */
  endAll(): Promise<void>;
  /** As of the last report; null before the first. */
  usage(): ContainerUsage | null;
}

class RemoteProgram extends EventEmitter implements AgentProcess {
  readonly pid = undefined;
  readonly stdin: Writable = new PassThrough();
  readonly stdout: Readable = new PassThrough();
  readonly stderr: Readable = new PassThrough();
  readonly order: Extract<Order, { order: 'start' }>;
  started = false;
  over = false;
  wanted: NodeJS.Signals | null = null;
  private readonly send: (order: Order) => void;
  private readonly sockets: Socket[] = [];
  private readonly attached = new Set<'io' | 'err'>();
  private how: { code: number | null; signal: NodeJS.Signals | null } | null = null;

  constructor(order: Extract<Order, { order: 'start' }>, send: (order: Order) => void) {
    super();
    this.order = order;
    this.send = send;
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.on('error', () => undefined);
    for (const stream of [this.stdout, this.stderr]) stream.once('end', () => this.finish());
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    if (this.over) return false;
    this.wanted = signal;
    if (this.started) this.send({ order: 'kill', id: this.order.id, signal: signal === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL' });
    return true;
  }

  /** Each stream has one connection; it may come after the word that the program started, or even ended. */
  attach(as: 'io' | 'err', socket: Socket): boolean {
    if (this.attached.has(as) || this.over) return false;
    this.attached.add(as);
    socket.on('error', () => socket.destroy());
    const target = (as === 'io' ? this.stdout : this.stderr) as PassThrough;
    this.sockets.push(socket);
    socket.pipe(target, { end: false });
    let open = true;
    const end = (): void => {
      if (!open) return;
      open = false;
      target.end();
    };
    socket.once('end', end);
    socket.once('close', end);
    if (as === 'io') this.stdin.pipe(socket);
    else socket.end();
    return true;
  }

  ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.how = { code, signal };
    this.finish();
  }

  failed(error: Error): void {
    if (this.over) return;
    this.over = true;
    for (const stream of [this.stdout, this.stderr]) (stream as PassThrough).end();
    for (const socket of this.sockets) socket.destroy();
    this.emit('error', error);
    this.emit('close', null, null);
  }

  /** It has ended, though not all of what it wrote may have come yet. */
  hasEnded(): boolean {
    return this.how !== null;
  }

  private finish(): void {
    if (this.over || this.how === null || !this.stdout.readableEnded || !this.stderr.readableEnded) return;
    this.over = true;
    for (const socket of this.sockets) socket.destroy();
    this.emit('close', this.how.code, this.how.signal);
  }
}

/** Listens in `folder` for the launcher of one container. The first to call is the launcher: before it nothing runs in there. */
export async function openLaunchPlace(folder: string): Promise<LaunchPlace> {
  const programs = new Map<number, RemoteProgram>();
  let control: Socket | null = null;
  let lastUsage: ContainerUsage | null = null;
  let nextId = 1;
  let away: NodeJS.Timeout | null = null;

  const send = (order: Order): void => void control?.write(`${JSON.stringify(order)}\n`);

  function waitForLauncher(): void {
    away ??= setTimeout(() => {
      away = null;
      for (const program of programs.values()) program.failed(new Error('the container of the agent does not answer'));
    }, awayMs);
  }

  function takeControl(socket: Socket): void {
    if (control) return void socket.destroy();
    control = socket;
    if (away) clearTimeout(away);
    away = null;
    createInterface({ input: socket }).on('line', (line) => take(Report.parse(JSON.parse(line))));
    // Both sides may half-close for the sake of the programs' streams; here the one's end is the other's.
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      control = null;
      for (const program of programs.values()) {
        if (program.started && !program.hasEnded()) program.failed(new Error('the container of the agent ended'));
      }
      if (programs.size > 0) waitForLauncher();
    });
    for (const program of programs.values()) if (!program.started) send(program.order);
  }

  function take(report: Report): void {
    if (report.report === 'usage') {
      lastUsage = report.usage;
      return;
    }
    const program = programs.get(report.id);
    if (!program) return;
    if (report.report === 'started') {
      program.started = true;
      if (program.wanted) program.kill(program.wanted);
      return;
    }
    if (report.report === 'failed') program.failed(new Error(report.message));
    else program.ended(report.code, report.signal as NodeJS.Signals | null);
  }

  const path = join(folder, launchSocket);
  mkdirSync(folder, { recursive: true });
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    void readHello(socket).then((hello) => {
      if (hello?.as === 'control') return takeControl(socket);
      const program = hello ? programs.get(hello.id) : undefined;
      if (!hello || !program?.attach(hello.as, socket)) socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // A supervisor lives by its relay, not by this.
  server.unref();
  return {
    start(argv, { env, cwd }) {
      const order = { order: 'start' as const, id: nextId, argv, env, cwd };
      nextId += 1;
      const program = new RemoteProgram(order, send);
      programs.set(order.id, program);
      program.once('close', () => programs.delete(order.id));
      if (control) send(order);
      else waitForLauncher();
      return program;
    },
    endAll: () => endAll(programs),
    usage: () => lastUsage,
  };
}

/** With the last of its programs a launcher ends all that runs in its container. */
async function endAll(programs: ReadonlyMap<number, RemoteProgram>): Promise<void> {
  const deadline = Date.now() + endMs;
  for (const program of programs.values()) program.kill('SIGKILL');
  while (programs.size > 0) {
    if (Date.now() > deadline)
      throw new DomainError('transient', 'isolation', `reset: ${programs.size} programs of the agent do not end; the place is given up`);
    await sleep(10);
  }
}

/** The first line of a connection; what follows it stays in the socket. */
function readHello(socket: Socket): Promise<Hello | null> {
  return new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const end = (hello: Hello | null, rest = Buffer.alloc(0)): void => {
      socket.off('data', onData);
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      resolve(hello);
    };
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const at = read.indexOf('\n');
      if (at === -1 && read.length < maxHelloBytes) return;
      try {
        end(at === -1 ? null : Hello.parse(JSON.parse(read.toString('utf8', 0, at))), read.subarray(at + 1));
      } catch {
        end(null);
      }
    };
    socket.on('data', onData);
    socket.once('close', () => resolve(null));
    socket.resume();
  });
}
