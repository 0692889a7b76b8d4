import { spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, copyFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import { nestedArguments } from '../../supervisor/agent-sandbox.ts';
import type { Owner } from './disk.ts';
import { closeAll, inside, outerArguments, sandboxPlace } from './sandbox.ts';
import type { Outside } from './sandbox.ts';

/**
 * A user id that nobody has (60578-61183 are unassigned by convention), for sandboxes that root starts: what breaks out is then
 * nobody, and the nested sandbox gets a /proc of its own, which the kernel refuses to root's own user id.
 */
const nobodyUid = 61_000;

/** A way to start sandboxes that was tried. */
export interface Isolation {
  bwrapPath: string;
  /** As the sandbox sees it, for the agent's own. */
  innerBwrap: string;
  bindFd: boolean;
  owner: Owner;
}

export type IsolationProbe = { works: true; isolation: Isolation } | { works: false; message: string };

/** Finds a bubblewrap and a user with which both sandboxes, the outer and the nested one, really start. */
export async function probeIsolation(options: { outside: Outside; shipped: CodexFiles | null }): Promise<IsolationProbe> {
  if (process.platform !== 'linux') return { works: false, message: 'bubblewrap needs Linux' };
  const problems: string[] = [];
  for (const candidate of candidates(options.shipped)) {
    const help = await execa(candidate.bwrapPath, ['--help'], { reject: false, timeout: 5_000, env: {}, extendEnv: false });
    if (help.failed) {
      problems.push(`${basename(dirname(candidate.bwrapPath))}: ${(help.shortMessage ?? '').slice(0, 200)}`);
      continue;
    }
    const bindFd = help.stdout.includes('--ro-bind-fd');
    for (const owner of process.getuid?.() === 0 ? [nobodyUid, null] : [null]) {
      const isolation = { ...candidate, bwrapPath: owner === null ? candidate.bwrapPath : reachable(candidate.bwrapPath), bindFd, owner };
      const problem = await tryIsolation(options.outside, isolation, options.shipped);
      if (problem === null) return { works: true, isolation };
      problems.push(problem);
    }
  }
  return {
    works: false,
    message: `no bubblewrap sandbox can start here (${problems.join('; ') || 'none was found'}). Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)`,
  };
}

function candidates(shipped: CodexFiles | null): { bwrapPath: string; innerBwrap: string }[] {
  const found: { bwrapPath: string; innerBwrap: string }[] = [];
  if (shipped?.bwrap) found.push({ bwrapPath: join(shipped.root, shipped.bwrap), innerBwrap: join(inside.codex, shipped.bwrap) });
  for (const bwrapPath of ['/usr/bin/bwrap', '/usr/local/bin/bwrap']) if (existsSync(bwrapPath)) found.push({ bwrapPath, innerBwrap: bwrapPath });
  return found;
}

/** Starts both sandboxes with a program that does nothing. Null when that works, else what was said. */
async function tryIsolation(outside: Outside, isolation: Isolation, codex: CodexFiles | null): Promise<string | null> {
  const limits = { memoryBytes: 64 * 1024 ** 2, diskBytes: 64 * 1024 ** 2, processes: 64, outputBytes: 0 };
  const place = sandboxPlace({ disk: 'watch', codex, memoryEvents: false, innerBwrap: isolation.innerBwrap });
  const nested = [isolation.innerBwrap, ...nestedArguments(place, { readOnlyCheckout: true }), '/bin/sh', '-c', 'test "$$" -lt 5'];
  const script = `mkdir -p ${inside.attachmentsDir} && ${inside.node} --version >/dev/null && exec "$@"`;
  const outer = outerArguments(outside, { limits, firstFd: 3, bindFd: isolation.bindFd });
  const child = spawn(isolation.bwrapPath, [...outer.args, '/bin/sh', '-c', script, 'sh', ...nested], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', ...outer.fds],
    timeout: 10_000,
    killSignal: 'SIGKILL',
    ...(isolation.owner === null ? {} : { uid: isolation.owner, gid: isolation.owner }),
  });
  closeAll(outer.fds);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(0, 300);
  });
  const exitCode = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      stderr = error.message;
      resolve(null);
    });
    child.on('close', resolve);
  });
  return exitCode === 0 ? null : stderr.trim() || `exit code ${exitCode ?? 'none'}`;
}

/** The program itself, or a copy where every user can start it: what root installed may lie below a closed folder. */
function reachable(path: string): string {
  if (isOpen(path)) return path;
  const key = createHash('sha256').update(path).update(String(statSync(path).mtimeMs)).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `astraforge-bwrap-${key}`);
  const copy = join(folder, 'bwrap');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const owned = statSync(folder);
  if (owned.uid !== 0 || (owned.mode & 0o022) !== 0) return path;
  if (!existsSync(copy)) {
    const temporary = `${copy}.${process.pid}`;
    copyFileSync(path, temporary);
    chmodSync(temporary, 0o755);
    renameSync(temporary, copy);
  }
  return copy;
}

function isOpen(path: string): boolean {
  accessSync(path, constants.X_OK);
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
  }
  return (statSync(path).mode & 0o001) !== 0;
}
