import type { Readable, Writable } from 'node:stream';

/** A program of the agent: a child process of ours, or one that a launcher started in another container. */
export interface AgentProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Leads a process group of this machine; undefined where there is none: `kill` then reaches all that it started. */
  readonly pid?: number | undefined;
  kill(signal?: NodeJS.Signals): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
}
