import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Environment } from '../../config/env.ts';
import { identify, isAlive, parentOf, type ProcessIdentity } from './identity.ts';

const pollMs = 500;
const deepestAncestor = 12;

/**
 * Calls `onGone` once when whoever started us is gone: the launcher (its IPC channel closes), npm and what is between it and us
 * (polled), or the terminal (SIGHUP). A plain shell is not watched: `astraforge start &` may outlive it.
 */
export function watchParent(env: Environment, onGone: (reason: string) => void): { stop(): void } {
  let done = false;
  const gone = (reason: string) => {
    if (done) return;
    stop();
    onGone(reason);
  };
  const onDisconnect = () => gone('the launcher has ended');
  const onHangUp = () => gone('the terminal was closed');
  const ancestors = env['npm_lifecycle_event'] ? ancestorsUpToNpm() : [];
  const timer = setInterval(() => {
    if (!ancestors.every(isAlive)) gone('npm has ended');
  }, pollMs);
  timer.unref();
  function stop(): void {
    done = true;
    clearInterval(timer);
    process.off('disconnect', onDisconnect);
    // The handler of SIGHUP stays: without it a second one would end us in the middle of the clean-up.
  }
  process.on('SIGHUP', onHangUp);
  process.on('disconnect', onDisconnect);
  return { stop };
}

/** Our ancestors up to npm (or its like); none when it is not among them. */
function ancestorsUpToNpm(): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  let pid: number | null = process.ppid;
  while (pid !== null && pid > 1 && found.length < deepestAncestor) {
    const identity = identify(pid);
    if (!identity) return [];
    found.push(identity);
    if (/\b(?:npm|pnpm|yarn)\b/.test(commandLineOf(pid))) return found;
    pid = parentOf(pid);
  }
  return [];
}

function commandLineOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
