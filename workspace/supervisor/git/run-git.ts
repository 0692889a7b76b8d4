import { spawn } from 'node:child_process';
import type { Emit } from '../../executors/port.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';

const defaultTimeoutMs = 300_000;
const maxOutputBytes = 64 * 1024 * 1024;
const maxErrorChars = 8_192;

/** Settings that win over any file: no hook, filter, helper, gc or foreign protocol. The repository's own config is ours. */
const settings: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.autocrlf', 'false'],
  ['core.quotePath', 'false'],
  ['core.preloadIndex', 'true'],
  ['core.longpaths', 'true'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  ['protocol.http.allow', 'always'],
  ['safe.directory', '*'],
  ['gc.auto', '0'],
  // What is pushed goes to the machine's own gateway: time is dearer than bytes.
  ['pack.compression', '1'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['diff.ignoreSubmodules', 'dirty'],
  ['commit.gpgSign', 'false'],
  ['http.proxy', ''],
  ['init.defaultBranch', 'main'],
];

export interface GitResult {
  exitCode: number | null;
  stdout: Buffer;
  stderr: string;
}

export interface GitOptions {
  input?: string | Buffer;
  env?: Record<string, string>;
  /** Exit codes that are answers; any other throws. */
  exitCodes?: readonly number[];
  /** A look-up inside our own git dir: no event. */
  quiet?: boolean;
  timeoutMs?: number;
}

/** Runs git on the supervisor's own git dir. DomainError `git-failed` names the command and what git said. */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<GitResult>;

/** `header` goes with every HTTP request (never into argv); `workTree` is the checkout. */
export function createGit(deps: { gitDir: string; workTree: string; path: string; header: string; emit: Emit }): Git {
  const config = [...settings, ['http.extraHeader', deps.header] as const];
  const base: Record<string, string> = {
    PATH: deps.path,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_DIR: deps.gitDir,
    GIT_WORK_TREE: deps.workTree,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'http',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_AUTHOR_NAME: 'AstraForge',
    GIT_AUTHOR_EMAIL: 'astraforge@localhost',
    GIT_COMMITTER_NAME: 'AstraForge',
    GIT_COMMITTER_EMAIL: 'astraforge@localhost',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(config.map(([key], at) => [`GIT_CONFIG_KEY_${at}`, key])),
    ...Object.fromEntries(config.map(([, value], at) => [`GIT_CONFIG_VALUE_${at}`, value])),
  };

  return async function git(args, options = {}) {
    const startedAt = performance.now();
    const result = await runProcess(['git', ...args], { ...base, ...options.env }, deps.workTree, options);
    if (!options.quiet) {
      deps.emit('git.command', {
        argv: ['git', ...args].map(redact),
        exitCode: result.exitCode,
        durationMs: Math.round(performance.now() - startedAt),
      });
    }
    if (result.exitCode === null || !(options.exitCodes ?? [0]).includes(result.exitCode)) {
      throw new DomainError(
        'transient',
        'git-failed',
        `git ${args[0] ?? ''} failed (${result.exitCode ?? 'killed'}): ${result.stderr.trim().slice(-500)}`,
        {
          details: { exitCode: result.exitCode, stderr: result.stderr },
        },
      );
    }
    return result;
  };
}

async function runProcess(argv: string[], env: Record<string, string>, cwd: string, options: GitOptions): Promise<GitResult> {
  const child = spawn(argv[0] ?? 'git', argv.slice(1), {
    env,
    cwd,
    stdio: 'pipe',
    timeout: options.timeoutMs ?? defaultTimeoutMs,
    killSignal: 'SIGKILL',
  });
  const chunks: Buffer[] = [];
  let size = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxOutputBytes) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-maxErrorChars);
  });
  // A command that ends early closes its stdin: its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { exitCode, stdout: Buffer.concat(chunks), stderr };
}

function redact(argument: string): string {
  return argument.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@');
}
