import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalQuietly } from '../processes/identity.ts';

/** A program that is not ours (a server binary), which must not outlive us. */
export interface GuardedOptions {
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Appended with standard output and error. */
  logFile: string;
  /** What asks it to end. */
  stopSignal: 'SIGTERM' | 'SIGINT';
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface GuardedProcess {
  readonly pid: number;
  /** Settles once, when it has ended, for whatever reason. */
  readonly exited: Promise<ProcessExit>;
  /** Asks it to end and waits; SIGKILL to its group after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * A watcher in the background reads a pipe that only we hold: its end without a line means that we are gone, however that came.
 * The shell itself becomes the program, so the pid is the program's.
 */
const guard = `
{
  read -r _ <&3 || {
    kill -s "$0" $$ 2>/dev/null
    i=0
    while [ $i -lt 100 ] && kill -0 $$ 2>/dev/null; do sleep 0.2; i=$((i + 1)); done
    kill -s KILL $$ 2>/dev/null
  }
} &
exec 3<&-
exec "$@"
`;

/** Starts a program in a session of its own (a terminal's Ctrl-C does not reach it) that ends with us, killed -9 included. */
export async function spawnGuarded(options: GuardedOptions): Promise<GuardedProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn('/bin/sh', ['-c', guard, options.stopSignal.slice(3), options.command, ...options.args], {
      env: options.env,
      cwd: options.cwd,
      uid: options.uid,
      gid: options.gid,
      detached: true,
      stdio: ['ignore', log, log, 'pipe'],
    });
  } finally {
    closeSync(log);
  }
  const line = child.stdio[3] as Writable;
  line.on('error', () => {});
  let ended = false;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = true;
      line.end('ended\n');
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid ?? 0;
  return { pid, exited, stop: async (graceMs) => void (ended || (await stopChild(pid, options.stopSignal, exited, graceMs))) };
}

async function stopChild(pid: number, signal: NodeJS.Signals, exited: Promise<ProcessExit>, graceMs: number): Promise<void> {
  signalQuietly(pid, signal);
  const timer = new AbortController();
  const late = sleep(graceMs, 'late' as const, { signal: timer.signal }).catch(() => 'ended' as const);
  if ((await Promise.race([exited, late])) === 'late') {
    signalQuietly(-pid, 'SIGKILL');
    await exited;
  }
  timer.abort();
}
