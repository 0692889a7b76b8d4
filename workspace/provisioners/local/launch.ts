import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import { joinCgroups } from './cgroups.ts';
import { identify } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';
import { inside } from '../host-folder/inside.ts';
import { bwrapCommand } from './sandbox.ts';
import type { BwrapStart, Outside } from './sandbox.ts';

/** Descriptors 3 and 4 are bubblewrap's status file and its starting block. */
const ownArguments = ['--json-status-fd', '3', '--block-fd', '4'];
const statusFile = 'status.jsonl';
const logFile = 'supervisor.log';
const startMs = 10_000;

export interface Launched {
  init: ProcessIdentity;
  monitor: ProcessIdentity;
}

/** A supervisor that waits: it reads its job once it has the token, and ends when its maker does before that. */
export interface Waiting {
  /** DomainError `isolation` when it ended meanwhile. */
  giveToken(runToken: string): Promise<void>;
}

/**
 * Starts bubblewrap with the supervisor in it, in a session of its own, and waits until it stands. Nothing runs inside before it is
 * in its cgroups and `onStanding` returned (the record is on disk by then); the token goes over stdin only.
 */
export async function launchSandboxed(options: {
  folder: string;
  start: BwrapStart;
  outside: Outside;
  limits: WorkspaceLimits;
  cgroups: readonly string[];
  onStanding: (launched: Launched) => Promise<void>;
}): Promise<Waiting> {
  const status = openSync(join(options.folder, statusFile), 'w', 0o600);
  const log = openSync(join(options.folder, logFile), 'a', 0o600);
  const [file = '', ...args] = bwrapCommand(options.start, options.outside, options.limits, ownArguments);
  let child: ChildProcess;
  try {
    child = spawn(file, [...args, inside.node, inside.supervisor, join(inside.privateDir, 'place.json')], {
      detached: true,
      cwd: '/',
      env: {},
      stdio: ['pipe', log, log, status, 'pipe'],
    });
  } finally {
    closeSync(status);
    closeSync(log);
  }
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(isolation(messageOf(error))));
    child.once('exit', () => {
      void readFile(join(options.folder, logFile), 'utf8').then((text) => reject(isolation(text.trim().slice(-500))));
    });
  });
  failed.catch(() => undefined);
  const initPid = await Promise.race([waitForInit(options.folder), failed]);
  const init = identify(initPid);
  const monitor = identify(child.pid ?? 0);
  if (!init || !monitor) return failed;
  joinCgroups(options.cgroups, [monitor.pid, init.pid]);
  await options.onStanding({ init, monitor });
  const block = child.stdio[4] as Writable;
  block.on('error', () => undefined);
  block.end('1');
  return waiting(child, failed);
}

/** `failed` rejects when the child ended: it can take no token any more. */
function waiting(child: ChildProcess, failed: Promise<never>): Waiting {
  child.stdin?.on('error', () => undefined);
  child.unref();
  return {
    async giveToken(runToken) {
      if (child.exitCode !== null || child.signalCode !== null) return failed;
      child.stdin?.end(`${runToken}\n`);
    },
  };
}

/** bubblewrap's status file names the first process of the sandbox before it starts the program. */
async function waitForInit(folder: string): Promise<number> {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    const status = await readStatus(folder);
    if (status.initPid !== null) return status.initPid;
    await sleep(2);
  }
  throw isolation('it did not start within 10 s');
}

/** What bubblewrap itself wrote down: it also outlives its maker. */
export async function readStatus(folder: string): Promise<{ initPid: number | null; exitCode: number | null }> {
  const text = await readFile(join(folder, statusFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const initPid = /"child-pid": *(\d+)/.exec(text)?.[1];
  const exitCode = /"exit-code": *(\d+)/.exec(text)?.[1];
  return { initPid: initPid === undefined ? null : Number(initPid), exitCode: exitCode === undefined ? null : Number(exitCode) };
}

/** Plain mode: the same supervisor as a process of ours. `marker` in its environment finds what it leaves behind. */
export async function launchPlain(options: {
  folder: string;
  nodePath: string;
  bundlePath: string;
  placePath: string;
  path: string;
  marker: string;
  onStanding: (launched: Launched) => Promise<void>;
}): Promise<Waiting> {
  const log = openSync(join(options.folder, logFile), 'a', 0o600);
  const [name = '', value = ''] = options.marker.split('=');
  const child = spawn(options.nodePath, [options.bundlePath, options.placePath], {
    detached: true,
    cwd: '/',
    env: { PATH: options.path, LANG: 'C.UTF-8', HOME: '/nonexistent', [name]: value },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(isolation(messageOf(error))));
  });
  const identity = identify(child.pid ?? 0);
  if (!identity) throw isolation('it ended at once');
  const failed = new Promise<never>((_, reject) => {
    child.once('exit', () => reject(isolation('it ended at once')));
  });
  failed.catch(() => undefined);
  await options.onStanding({ init: identity, monitor: identity });
  return waiting(child, failed);
}

function isolation(why: string): DomainError {
  return new DomainError('permanent', 'isolation', `workspace: the sandbox did not start: ${why}. Run astraforge doctor`);
}
