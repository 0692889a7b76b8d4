import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { restartDelayMs, stableAfterMs } from './backoff.ts';
import type { Launched } from './child.ts';
import { signalQuietly } from './identity.ts';
import type { SystemProgress } from './types.ts';

/** Something that is kept running: one of our processes or an embedded server. */
export interface UnitOptions {
  name: string;
  /** What is said when it is ready. */
  describe: (launched: Launched) => string;
  launch: (onSpawn: (pid: number) => void) => Promise<Launched>;
  /** The pid of this moment, null for none: for processes.json. */
  onPid: (pid: number | null) => void;
  onProgress: (progress: SystemProgress) => void;
}

export interface Unit {
  readonly name: string;
  readonly pid: number | null;
  readonly restarts: number;
  /** Ends it for good; waits also for a launch that is under way. */
  stop(): Promise<void>;
}

/** Starts a unit (an error of the first start is the caller's) and restarts it with growing delays whenever it ends. */
export async function startUnit(options: UnitOptions): Promise<Unit> {
  const { name, onProgress } = options;
  const stopping = new AbortController();
  const state: { pid: number | null; current: Launched | null; restarts: number; failures: number } = {
    pid: null,
    current: null,
    restarts: 0,
    failures: 0,
  };

  function setPid(pid: number | null): void {
    state.pid = pid;
    options.onPid(pid);
  }

  async function launch(): Promise<Launched> {
    try {
      state.current = await options.launch(setPid);
      return state.current;
    } catch (error) {
      setPid(null);
      throw error;
    }
  }

  /** Until it ends, then the wait, then the next launch, and again; returns when it is over for good. */
  async function keepAlive(launched: Launched, launchedAt: number): Promise<void> {
    let current: Launched | null = launched;
    let startedAt = launchedAt;
    while (!stopping.signal.aborted) {
      if (current) {
        const exit = await current.exited;
        setPid(null);
        if (stopping.signal.aborted) return;
        state.failures = performance.now() - startedAt > stableAfterMs ? 1 : state.failures + 1;
        onProgress({
          process: name,
          state: 'restarting',
          message: `ended (${exit.signal ?? `exit code ${exit.code}`}), starting it again`,
        });
      }
      await sleep(restartDelayMs(state.failures), undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      state.restarts += 1;
      current = await relaunch();
      startedAt = performance.now();
    }
  }

  async function relaunch(): Promise<Launched | null> {
    try {
      const launched = await launch();
      onProgress({ process: name, state: 'ready', message: options.describe(launched) });
      return launched;
    } catch (error) {
      state.failures += 1;
      if (!stopping.signal.aborted) onProgress({ process: name, state: 'restarting', message: messageOf(error) });
      return null;
    }
  }

  onProgress({ process: name, state: 'starting', message: '' });
  const first = await launch();
  onProgress({ process: name, state: 'ready', message: options.describe(first) });
  const loop = keepAlive(first, performance.now());

  let stopped: Promise<void> | null = null;
  async function stopOnce(): Promise<void> {
    stopping.abort();
    onProgress({ process: name, state: 'stopping', message: '' });
    await state.current?.stop();
    // A launch that is under way fails at once when its process ends.
    if (state.pid !== null) signalQuietly(state.pid, 'SIGTERM');
    await loop;
    // A launch that was under way when we were asked has put its process here since.
    await state.current?.stop();
    setPid(null);
    onProgress({ process: name, state: 'stopped', message: '' });
  }

  return toUnit(name, state, () => (stopped ??= stopOnce()));
}

function toUnit(name: string, state: { pid: number | null; restarts: number }, stop: () => Promise<void>): Unit {
  return {
    name,
    get pid() {
      return state.pid;
    },
    get restarts() {
      return state.restarts;
    },
    stop,
  };
}
