import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import { readProcesses } from '../processes.ts';
import { launchSocket, Order } from './protocol.ts';
import type { Hello, Report } from './protocol.ts';

// `node launcher.mjs <folder>`: the first program of a container in which agents run, apart from their supervisor. It starts what the
// supervisor orders over the socket in the folder. As the first program of its process namespace nothing inside can end it, and it
// can end all that runs there.

const usageMs = 300;
const connectMs = 20_000;
const counters = {
  oomKills: { files: ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'], line: /^oom_kill (\d+)$/m },
  refusedStarts: { files: ['/sys/fs/cgroup/pids.events', '/sys/fs/cgroup/pids/pids.events'], line: /^max (\d+)$/m },
};

const isFirst = process.pid === 1;
const running = new Map<number, ChildProcessWithoutNullStreams>();
let starting = 0;
const socketPath = join(process.argv[2] ?? '', launchSocket);

const control = await dial({ as: 'control' });
// Whoever ordered is gone: so is the workspace.
control.once('close', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
createInterface({ input: control }).on('line', (line) => void obey(Order.parse(JSON.parse(line))));
setInterval(reportUsage, usageMs);

function report(what: Report): void {
  control.write(`${JSON.stringify(what)}\n`);
}

function reportUsage(): void {
  report({ report: 'usage', usage: { ...readProcesses(null), oomKills: count('oomKills'), refusedStarts: count('refusedStarts') } });
}

function count(name: keyof typeof counters): number | null {
  for (const file of counters[name].files) {
    try {
      const found = counters[name].line.exec(readFileSync(file, 'utf8'));
      if (found) return Number(found[1]);
    } catch {
      // The other version of the kernel's interface has it.
    }
  }
  return null;
}

async function obey(order: Order): Promise<void> {
  if (order.order === 'kill') return end(order.id, order.signal);
  const { id, argv, env, cwd } = order;
  starting += 1;
  try {
    const [io, err] = await Promise.all([dial({ as: 'io', id }), dial({ as: 'err', id })]);
    const child = spawn(argv[0] ?? '', argv.slice(1), { cwd, env, stdio: 'pipe', detached: true });
    running.set(id, child);
    follow(id, child, io, err);
  } catch (error) {
    report({ report: 'failed', id, message: messageOf(error) });
  } finally {
    starting -= 1;
  }
}

function follow(id: number, child: ChildProcessWithoutNullStreams, io: Socket, err: Socket): void {
  for (const stream of [io, err, child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
  io.pipe(child.stdin);
  err.resume();
  child.stdout.pipe(io);
  child.stderr.pipe(err);
  child.once('spawn', () => report({ report: 'started', id }));
  child.once('error', (error) => {
    running.delete(id);
    io.end();
    err.end();
    report({ report: 'failed', id, message: messageOf(error) });
  });
  child.once('exit', () => {
    end(id, 'SIGKILL');
    running.delete(id);
    if (running.size === 0) endAll();
  });
  child.once('close', (code, signal) => {
    // First what it took: a limit that it broke is its reason.
    reportUsage();
    report({ report: 'ended', id, code, signal });
    // The supervisor may take the streams up only now. Were its side still writing when ours is closed, it would lose what it has not
    // read: so it closes first.
    io.unpipe(child.stdin);
    io.resume();
    io.end();
    if (io.destroyed) takeInDead();
    else io.once('close', takeInDead);
  });
}

function end(id: number, signal: NodeJS.Signals): void {
  const pid = running.get(id)?.pid;
  if (pid === undefined) return;
  // What left its process group is reached too, as long as nothing else runs.
  if (signal === 'SIGKILL' && running.size === 1) endAll();
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group is gone.
  }
}

/** Everything in this process namespace but its first program. Anywhere else that would be the whole machine. */
function endAll(): void {
  if (!isFirst) return;
  try {
    process.kill(-1, 'SIGKILL');
  } catch {
    // There is nothing.
  }
}

/**
 * What the agent leaves behind becomes our child when its parent ends, and stays in the process table until its parent asks for it;
 * Node asks only for what it started itself. A shell asks for all: so we become one for a moment, as the same first program. What was
 * ordered meanwhile is ordered again once the new control line stands.
 */
function takeInDead(): void {
  if (!isFirst || running.size > 0 || starting > 0 || readProcesses(null).tasks === 0) return;
  const again = [process.execPath, ...process.argv.slice(1)].map((part) => `'${part}'`).join(' ');
  control.end(() => process.execve?.('/bin/sh', ['sh', '-c', `sleep 0.1; exec ${again}`], process.env));
}

async function dial(hello: Hello): Promise<Socket> {
  const deadline = Date.now() + connectMs;
  for (;;) {
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    const problem = await new Promise<Error | null>((resolve) => {
      socket.once('connect', () => resolve(null));
      socket.once('error', resolve);
    });
    if (!problem) {
      socket.write(`${JSON.stringify(hello)}\n`);
      return socket;
    }
    if (Date.now() > deadline) throw problem;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
