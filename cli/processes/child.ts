import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readyMessage } from '../../config/exit-with-parent.ts';
import { redactText } from '../../config/redaction.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { ProcessExit } from '../embedded/guarded.ts';
import { healthProblem } from './health.ts';
import { signalQuietly } from './identity.ts';

/** A running process of ours, ready. */
export interface Launched {
  pid: number;
  exited: Promise<ProcessExit>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  name: string;
  /** Script and its arguments, for the Node that runs us. */
  args: string[];
  cwd: string;
  env: Record<string, string>;
  logFile: string;
  /** Answers `GET /healthz`; null: nowhere. */
  healthAddress: string | null;
  /** It says by IPC that it is ready; then that is waited for too. */
  reports: boolean;
  readyTimeoutMs: number;
  stopGraceMs: number;
  onSpawn?: (pid: number) => void;
}

const pollMs = 40;
const healthTimeoutMs = 2_000;
const silent = 'it has not said that it is ready';

/**
 * Starts a Node program of ours in a session of its own and waits until it is ready. Its IPC channel is how it notices our end
 * (`exitWithParent`). DomainError `process-ended` or `process-slow` carries the end of its log.
 */
export async function launchChild(options: ChildOptions): Promise<Launched> {
  const log = openSync(options.logFile, 'a', 0o600);
  const logStart = statSync(options.logFile).size;
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
  const state = { ended: false, reported: false };
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      state.ended = true;
      resolve({ code, signal });
    });
  });
  child.on('message', (message) => {
    if (message === readyMessage) state.reported = true;
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.on('error', () => {});
  const pid = child.pid ?? 0;
  options.onSpawn?.(pid);
  const stop = async () => void (state.ended || (await stopGroup(pid, exited, options.stopGraceMs)));
  try {
    await waitUntilReady(options, state, exited, logStart);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid, exited, stop };
}

/** Moves a log aside that grew over the limit, before its process starts: one older one is kept. */
export function rotateLog(logFile: string, maxBytes: number): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxBytes) renameSync(logFile, `${logFile}.1`);
}

async function waitUntilReady(
  options: ChildOptions,
  state: { ended: boolean; reported: boolean },
  exited: Promise<ProcessExit>,
  logStart: number,
): Promise<void> {
  const deadline = performance.now() + options.readyTimeoutMs;
  let problem = silent;
  while (performance.now() < deadline) {
    if (state.ended) throw endedWhileStarting(options, await exited, logStart);
    const found = options.reports && !state.reported ? silent : await healthOf(options.healthAddress);
    if (found === null && !state.ended) return;
    problem = found ?? problem;
    await sleep(pollMs);
  }
  throw new DomainError(
    'transient',
    'process-slow',
    `${options.name}: not ready within ${options.readyTimeoutMs / 1000} s (${problem}); see ${options.logFile}`,
  );
}

async function healthOf(address: string | null): Promise<string | null> {
  return address === null ? null : healthProblem(address, healthTimeoutMs);
}

function endedWhileStarting(options: ChildOptions, exit: ProcessExit, logStart: number): DomainError {
  const text = readFileSync(options.logFile).subarray(logStart).toString('utf8').trim();
  const tail = redactText(text.split('\n').slice(-15).join('\n'));
  const how = exit.signal ?? `exit code ${exit.code}`;
  return new DomainError(
    'transient',
    'process-ended',
    `${options.name}: it ended while starting (${how}); see ${options.logFile}\n${tail}`.trim(),
    {
      details: { code: exit.code, signal: exit.signal },
    },
  );
}

async function stopGroup(pid: number, exited: Promise<ProcessExit>, graceMs: number): Promise<void> {
  signalQuietly(pid, 'SIGTERM');
  const timer = new AbortController();
  const late = sleep(graceMs, 'late' as const, { signal: timer.signal }).catch(() => 'ended' as const);
  if ((await Promise.race([exited, late])) === 'late') {
    signalQuietly(-pid, 'SIGKILL');
    await exited;
  }
  timer.abort();
}
