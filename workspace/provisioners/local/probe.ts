import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CodexFiles } from '../../executors/codex/binary.ts';
import { nestedArguments } from '../../supervisor/agent-sandbox.ts';
import { inside, insidePlace } from '../host-folder/inside.ts';
import { bwrapCommand } from './sandbox.ts';
import type { BwrapStart, Outside } from './sandbox.ts';

/**
 * A user id that nobody has (60578-61183 are unassigned by convention), for sandboxes that root starts: what breaks out is then
 * nobody, and the nested sandbox gets a /proc of its own, which the kernel refuses to root's own user id.
 */
const nobodyUid = 61_000;

/** A way to start sandboxes that was tried. */
export interface Isolation extends BwrapStart {
  /** As the sandbox sees it, for the agent's own. */
  innerBwrap: string;
}

export type IsolationProbe = { works: true; isolation: Isolation } | { works: false; message: string };

/** Finds a bubblewrap and a user with which both sandboxes, the outer and the nested one, really start. */
export async function probeIsolation(options: { outside: Outside; shipped: CodexFiles | null }): Promise<IsolationProbe> {
  if (process.platform !== 'linux') return { works: false, message: 'bubblewrap needs Linux' };
  const problems: string[] = [];
  const setprivPath = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  for (const candidate of candidates(options.shipped)) {
    for (const owner of process.getuid?.() === 0 && setprivPath ? [nobodyUid, null] : [null]) {
      const isolation: Isolation = { ...candidate, owner, setprivPath: setprivPath ?? '' };
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
  for (const bwrapPath of ['/usr/bin/bwrap', '/usr/local/bin/bwrap'])
    if (existsSync(bwrapPath)) found.push({ bwrapPath, innerBwrap: bwrapPath });
  return found;
}

/** Starts both sandboxes with a program that does nothing. Null when that works, else what was said. */
async function tryIsolation(outside: Outside, isolation: Isolation, codex: CodexFiles | null): Promise<string | null> {
  const limits = { memoryBytes: 64 * 1024 ** 2, diskBytes: 64 * 1024 ** 2, processes: 64, outputBytes: 0 };
  const place = insidePlace({
    disk: 'watch',
    codexPath: codex && join(inside.codex, codex.binary),
    memoryEventsFile: null,
    pidsEventsFile: null,
    bwrapPath: isolation.innerBwrap,
  });
  const nested = [isolation.innerBwrap, ...nestedArguments(place, { readOnlyCheckout: true }), '/bin/sh', '-c', 'test "$$" -lt 5'];
  const script = `mkdir -p ${inside.attachmentsDir} && ${inside.node} --version >/dev/null && exec "$@"`;
  const [file = '', ...args] = bwrapCommand(isolation, outside, limits, []);
  const child = spawn(file, [...args, '/bin/sh', '-c', script, 'sh', ...nested], {
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
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
