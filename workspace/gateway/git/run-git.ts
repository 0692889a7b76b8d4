import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import { defaultSearchPath, gitEnvironment, redactArgv, redactUrls } from './git-environment.ts';
import type { GitConfig } from './git-environment.ts';
import { noteChild } from './lock-children.ts';

/** Whose command it was; a run's commands belong into that run's log. */
export interface GitScope {
  tenantId?: string;
  projectId?: string;
  runId?: string;
}

/** A command that ended, redacted: what the `git.command` event carries. */
export interface GitCommandReport {
  scope: GitScope;
  argv: string[];
  exitCode: number | null;
  durationMs: number;
}

export interface GitOptions {
  /** GIT_DIR of the command; without it git looks for a repository in `cwd`. */
  gitDir?: string;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  config?: GitConfig;
  input?: string | Uint8Array;
  /** Default 60 s. */
  timeoutMs?: number;
  /** Most bytes of standard output; default 64 MiB. */
  maxOutputBytes?: number;
  /** Exit codes that are answers; any other throws `git-failed`. Default 0. `any` never throws for a code. */
  exitCodes?: readonly number[] | 'any';
  /** A look-up inside our own repositories: of no interest to people, not reported. */
  quiet?: boolean;
  scope?: GitScope;
}

export interface GitResult {
  exitCode: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs git; throws DomainErrors `git-failed`, `git-timeout`, `git-output-limit` (details: argv, exitCode, stderr) and `git-missing`. */
export interface Git {
  (args: readonly string[], options: GitOptions): Promise<GitResult>;
  readonly searchPath: string;
}

const stderrCapBytes = 64 * 1024;
const defaultTimeoutMs = 60_000;
const killAfterMs = 5_000;
const defaultOutputBytes = 64 * 1024 * 1024;

/** Makes the runner: every command in an environment of its own, in a process group of its own that dies as a whole. */
export function createGit(deps: { searchPath?: string; onCommand?: (report: GitCommandReport) => void } = {}): Git {
  const searchPath = deps.searchPath ?? defaultSearchPath;

  async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
    const startedAt = performance.now();
    const argv = redactArgv(['git', ...args]);
    let exitCode: number | null = null;
    try {
      const ended = await runProcess(args, searchPath, options);
      exitCode = ended.exitCode;
      return judge(argv, ended, options);
    } finally {
      if (!options.quiet)
        deps.onCommand?.({ scope: options.scope ?? {}, argv, exitCode, durationMs: Math.round(performance.now() - startedAt) });
    }
  }
  return Object.assign(git, { searchPath });
}

interface Ended {
  exitCode: number | null;
  stdout: Buffer;
  stderr: string;
  stopped: 'git-timeout' | 'git-output-limit' | null;
}

function judge(argv: string[], ended: Ended, options: GitOptions): GitResult {
  const { exitCode, stdout, stopped } = ended;
  const stderr = redactUrls(ended.stderr);
  const details = { argv, exitCode, stderr };
  const command = `${argv[0]} ${argv[1] ?? ''}`;
  if (stopped === 'git-timeout') {
    throw new DomainError('transient', stopped, `git: ${command} took longer than allowed and was ended; try again`, { details });
  }
  if (stopped === 'git-output-limit') {
    throw new DomainError('permanent', stopped, `git: ${command} answered more than allowed; ask for a smaller part`, { details });
  }
  const accepted = options.exitCodes ?? [0];
  if (exitCode !== null && (accepted === 'any' || accepted.includes(exitCode))) return { exitCode, stdout, stderr };
  const reason = lastLine(stderr) || `exit code ${exitCode}`;
  throw new DomainError('transient', 'git-failed', `git: ${command} failed: ${reason}; see the gateway's log, then try again`, { details });
}

function runProcess(args: readonly string[], searchPath: string, options: GitOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const environment = gitEnvironment(searchPath, options.config ?? [], {
      ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
      ...options.env,
    });
    // A machine without a free file descriptor has no streams to give either: then `error` follows.
    const child: ChildProcess = spawn('git', args, {
      cwd: options.cwd ?? options.gitDir ?? '/',
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    noteChild(child.pid);
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(startFailure(cause));
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const maxOutputBytes = options.maxOutputBytes ?? defaultOutputBytes;
    let stdoutBytes = 0;
    let stderrBytes = 0;
    let stopped: Ended['stopped'] = null;

    function stop(reason: NonNullable<Ended['stopped']>): void {
      if (stopped !== null) return;
      stopped = reason;
      stopGroup(child);
    }

    const timer = setTimeout(() => stop('git-timeout'), options.timeoutMs ?? defaultTimeoutMs);
    child.stdout?.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > maxOutputBytes) return stop('git-output-limit');
      stdout.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderrBytes += chunk.length;
      if (stderrBytes <= stderrCapBytes) stderr.push(chunk);
    });
    // A command that ends without reading all of its input is judged by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
    child.on('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8'), stopped });
    });
  });
}

/** Asks a detached child and everything that it started to end: git then removes its locks and what is half made. After 5 s they have to. */
export function stopGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => killGroup(child), killAfterMs);
  child.once('close', () => clearTimeout(timer));
}

/** Ends a detached child and everything that it started, at once. */
export function killGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!isCode(error, 'ESRCH') && !isCode(error, 'EPERM')) throw error;
  }
}

function startFailure(cause: Error): DomainError {
  if (isCode(cause, 'ENOENT')) {
    return new DomainError(
      'permanent',
      'git-missing',
      'git: the program (or its working folder) was not found; install git 2.38 or later',
      { cause },
    );
  }
  return new DomainError('transient', 'git-failed', `git: could not start: ${messageOf(cause)}; try again`, { cause });
}

/** Whether a thrown thing is a system error with this code. */
export function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** The last line that says something: where git puts its reason. */
export function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '') ?? '';
}
