import type { Environment } from '../../config/env.ts';

export type ProcessState = 'starting' | 'ready' | 'restarting' | 'stopping' | 'stopped' | 'failed';

/** One line for the person who waits. `process` is a name of processes.json, `message` a sentence without it. */
export interface SystemProgress {
  process: string;
  state: ProcessState;
  message: string;
}

export interface RunningProcess {
  name: string;
  pid: number;
  restarts: number;
  logFile: string;
}

export interface StartSystemOptions {
  /** Base environment; that of this process by default. */
  env?: Environment;
  /** Laid over the environment of every process, secret or not: for tests and benchmarks. */
  extraEnv?: Record<string, string>;
  onProgress?: (progress: SystemProgress) => void;
  /** Aborting stops whatever runs, also in the middle of the start. See `watchShutdown`. */
  signal?: AbortSignal;
}

/** A running installation. */
export interface System {
  /** Without a slash at the end. */
  apiUrl: string;
  /** Link that signs the browser in with the start-up token. */
  signInUrl: string;
  /** Null when Temporal is not ours and TEMPORAL_UI_URL is not set. */
  temporalUiUrl: string | null;
  /** Start-up token: bearer of the API. */
  token: string;
  stateDir: string;
  /** What its people must keep in mind, a sentence each. */
  warnings: string[];
  /** The processes of this moment, in the order of their start. */
  readonly processes: RunningProcess[];
  /** Ends everything in reverse order. Repeating it waits for the same end. */
  stop(): Promise<void>;
  /** Settles when everything has ended, whoever asked for it. */
  stopped: Promise<void>;
}
