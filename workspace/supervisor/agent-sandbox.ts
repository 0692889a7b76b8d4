import { spawn } from 'node:child_process';
import type { WorkspaceLimits } from '../../workflows/contracts/supervisor.ts';
import type { AgentProcess } from '../executors/agent-process.ts';
import type { LaunchPlace } from './launchers.ts';
import type { Place } from './place.ts';
import { systemMounts } from './system-mounts.ts';

export interface AgentSandbox {
  /** Starts a program in a sandbox of its own, in the checkout; SIGKILL of its process group ends all that it started (in plain mode: what stayed in the group). */
  spawn(
    argv: string[],
    options: { readOnlyCheckout: boolean; env?: Record<string, string>; mounts?: { path: string; writable: boolean }[] },
  ): AgentProcess;
}

/**
 * Limits for the agent alone, set inside its user namespace, where the kernel counts its processes apart (`elsewhere`: another limit counts
 * them). dash and bash name the option differently. The out-of-memory killer shall take the agent before the supervisor.
 */
const prelude = `n=$1; f=$2; shift 2
[ "$n" = elsewhere ] ||
ulimit -p "$n" 2>/dev/null || ulimit -u "$n" 2>/dev/null
ulimit -f "$f" 2>/dev/null
ulimit -c 0
echo 1000 2>/dev/null > /proc/self/oom_score_adj
exec "$@"`;

/** Environment that every program of the agent gets: nothing of the host's. */
function agentEnvironment(place: Place, relayUrl: string): Record<string, string> {
  return {
    HOME: place.homeDir,
    PATH: place.path,
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    USER: 'agent',
    LOGNAME: 'agent',
    TERM: 'dumb',
    CI: '1',
    GIT_TERMINAL_PROMPT: '0',
    HTTP_PROXY: relayUrl,
    HTTPS_PROXY: relayUrl,
    http_proxy: relayUrl,
    https_proxy: relayUrl,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    ...markerVariable(place.marker),
  };
}

function markerVariable(marker: string | null): Record<string, string> {
  const [name, value] = marker?.split('=') ?? [];
  return name !== undefined && value !== undefined ? { [name]: value } : {};
}

/** Arguments of the nested bubblewrap, before the program. Shares the network namespace, so the relay is in reach; sees neither socket nor private files. */
export function nestedArguments(
  place: Place,
  options: { readOnlyCheckout: boolean; mounts?: { path: string; writable: boolean }[] },
): string[] {
  if (!place.sandbox) return [];
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--disable-userns'],
    ...['--die-with-parent', '--new-session', '--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL'],
    // All of the system is already inside the place itself.
    ...[...systemMounts(), '--ro-bind', '/etc', '/etc', '--ro-bind', '/opt', '/opt'],
    ...['--proc', '/proc', '--dev', '/dev', '--bind', '/tmp', '/tmp', '--bind', '/home', '/home'],
    ...['--ro-bind', place.attachmentsDir, place.attachmentsDir],
    ...[options.readOnlyCheckout ? '--ro-bind' : '--bind', place.checkoutDir, place.checkoutDir],
    ...(options.mounts ?? []).flatMap(({ path, writable }) => [writable ? '--bind' : '--ro-bind', path, path]),
    ...['--remount-ro', '/', '--chdir', place.checkoutDir, '--'],
  ];
}

/** Containers that stand for the agent's sandbox: one that may write in the checkout, one that may not. */
export interface LaunchPlaces {
  writing: LaunchPlace;
  reading: LaunchPlace;
}

/** `objectsDir` is the run's object store, which the agent's repository borrows from: readable, never writable. */
export function createAgentSandbox(options: {
  place: Place;
  limits: WorkspaceLimits;
  relayUrl: string;
  objectsDir: string;
  launch: LaunchPlaces | null;
}): AgentSandbox {
  const { place, limits } = options;
  // Where the kernel counts the whole place, that limit must be the first to be met, for it says so: an agent ends itself soon after it was
  // refused a process, and what refused it here says nothing. Outside a user namespace of its own this one would count all processes of
  // this user: there the watchdog holds it.
  const processes = place.sandbox === null || place.limits.pidsEventsFile !== null ? 'elsewhere' : String(limits.processes * 2);
  const blocks = String(Math.ceil(limits.diskBytes / 512));
  return {
    spawn(argv, { readOnlyCheckout, env, mounts }) {
      const limited = ['/bin/sh', '-c', prelude, 'sh', processes, blocks, ...argv];
      const environment = { ...agentEnvironment(place, options.relayUrl), ...env };
      if (options.launch) {
        const { reading, writing } = options.launch;
        return (readOnlyCheckout ? reading : writing).start(limited, { env: environment, cwd: place.checkoutDir });
      }
      const command = place.sandbox
        ? [
            place.sandbox.bwrapPath,
            ...nestedArguments(place, { readOnlyCheckout, mounts: [{ path: options.objectsDir, writable: false }, ...(mounts ?? [])] }),
            ...limited,
          ]
        : limited;
      return spawn(command[0] ?? '', command.slice(1), {
        cwd: place.sandbox ? '/' : place.checkoutDir,
        env: environment,
        stdio: 'pipe',
        detached: true,
      });
    },
  };
}
