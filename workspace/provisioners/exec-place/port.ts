import type { Duplex } from 'node:stream';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { TailBatch, WorkspaceState } from '../../port.ts';

/** How a program in a place ended, or its connection broke: the end of what it said on stderr. */
export interface ExecEnd {
  stderr: string;
}

/** The standard streams of a program in a place. */
export interface ExecStream<End extends ExecEnd = ExecEnd> {
  /** Reads its stdout, writes its stdin; ending it ends its stdin. */
  duplex: Duplex;
  ended: Promise<End>;
  /** Cuts the connection: the other side ends the program's stdin. */
  close(): void;
  /** Lets this process end while the stream is open. */
  unref(): void;
}

/**
 * A workspace that shares no file with this machine: all that passes is carried by the standard streams of short programs beside its
 * supervisor. Any process may hold one, at the same time as others.
 */
export interface ExecPlace {
  /** In messages, and one of a kind. */
  readonly name: string;
  /** Runs a program beside the supervisor. DomainError `exec-stream` when that is refused. */
  open(argv: string[]): Promise<ExecStream>;
  state(): Promise<WorkspaceState>;
  /** True as soon as its supervisor is seen to have ended; false after `timeoutMs`, or when `signal` aborts. */
  awaitEnd(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  /**
   * Closes a stream some seconds after its supervisor is known to have ended. Answers how to stop looking. Missing where no stream outlives
   * its place.
   */
  closeWhenOver?(stream: ExecStream): () => void;
  /** How long it may be silent while it is said to run, and what its last failure means then; missing: as long as streams may fail. */
  silence?: { patienceMs: number; meaning(last: DomainError): Promise<DomainError> };
  /** The rest of the event file of a supervisor that ended; missing where it goes with the supervisor. */
  rest?(offset: number, outputBytes: number, signal: AbortSignal): AsyncIterable<TailBatch>;
}

/** That a stream into a place was refused, or broke. */
export function streamFailure(text: string, cause?: unknown): DomainError {
  return new DomainError('transient', 'exec-stream', text, { cause });
}

/** What a stream of a place failed with: it may be opened again. */
export function isStreamFailure(error: unknown): error is DomainError {
  return error instanceof DomainError && error.code === 'exec-stream';
}
