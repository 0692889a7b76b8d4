import { DomainError } from '../workflows/contracts/errors.ts';
import type { LogEvent } from '../workflows/contracts/events.ts';
import { terminalStages } from '../workflows/contracts/request.ts';
import type { CliClient, RequestDetail } from './client.ts';

export interface FollowOptions {
  client: CliClient;
  requestId: string;
  afterSeq: number;
  /** Ends the following once it holds; a closed request always ends it. */
  until: (request: RequestDetail) => boolean;
  onEvent: (event: LogEvent) => void;
  /** Aborted by Ctrl-C: following ends at once. */
  signal: AbortSignal;
  /** Told when the event stream is lost and when it is back. */
  onConnection?: (state: 'connected' | 'reconnecting') => void;
  /** How often the state is read besides the events that announce a change; ms. */
  pollMs?: number;
}

export interface Followed {
  request: RequestDetail;
  /** The last event that was handed over: where a later watch resumes. */
  lastSeq: number;
  interrupted: boolean;
}

/** Events after which the state of the request is read at once. */
const announcing: ReadonlySet<LogEvent['type']> = new Set([
  'request.stage',
  'gate.opened',
  'gate.closed',
  'question.asked',
  'run.ended',
  'review.completed',
  'merge-request.opened',
  'merge-request.merged',
]);

/**
 * Hands over every event once and in order until the request is closed, `until` holds, or the signal aborts. What ends it
 * is the request's state, never a single event: after it, the rest of the log is still handed over.
 */
export async function followRequest(options: FollowOptions): Promise<Followed> {
  const { client, requestId, signal, onEvent } = options;
  let lastSeq = options.afterSeq;
  let request = await client.getRequest(requestId);
  let refusal: unknown = null;
  const stop = new AbortController();
  const forward = () => stop.abort();
  signal.addEventListener('abort', forward, { once: true });
  const either = stop.signal;

  const take = (event: LogEvent) => {
    if (event.seq <= lastSeq) return;
    lastSeq = event.seq;
    onEvent(event);
  };
  const isOver = () => terminalStages.includes(request.stage) || options.until(request);

  if (!isOver()) {
    const watcher = watchState(
      either,
      options.pollMs ?? 3000,
      async () => {
        request = await client.getRequest(requestId);
        if (isOver()) stop.abort();
      },
      (error) => {
        refusal = error;
        stop.abort();
      },
    );
    try {
      for await (const event of untilAborted(
        client.events(requestId, { afterSeq: lastSeq, follow: true, signal: either, onConnection: options.onConnection }),
        either,
      )) {
        take(event);
        if (announcing.has(event.type)) watcher.check();
      }
    } finally {
      signal.removeEventListener('abort', forward);
      stop.abort();
      await watcher.done;
    }
  }

  if (refusal !== null) throw refusal;
  if (signal.aborted) return { request, lastSeq, interrupted: true };
  for await (const event of untilAborted(client.events(requestId, { afterSeq: lastSeq, follow: false, signal }), signal)) take(event);
  return { request, lastSeq, interrupted: signal.aborted };
}

/** Runs `read` every `everyMs` and whenever asked, one at a time, until aborted. A failed read is tried again; `done` never rejects. */
function watchState(
  signal: AbortSignal,
  everyMs: number,
  read: () => Promise<void>,
  fail: (error: unknown) => void,
): { check(): void; done: Promise<void> } {
  let wake: () => void = () => undefined;
  let asked = false;

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      if (!asked) await pause();
      asked = false;
      if (signal.aborted) return;
      try {
        await read();
      } catch (error) {
        if (isRefusal(error)) return fail(error);
        // Unreachable for the moment: the next reading may succeed, and the event stream says that it is lost.
      }
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(finish, everyMs);
      function finish(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      }
      wake = finish;
      signal.addEventListener('abort', finish, { once: true });
    });
  }

  const done = loop();
  return {
    check() {
      asked = true;
      wake();
    },
    done,
  };
}

/** An answer that waiting cannot mend: signed out, or the request is gone. */
function isRefusal(error: unknown): boolean {
  const status = error instanceof DomainError ? error.details['status'] : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429;
}

/** Ends quietly when the abort that we asked for surfaces as an error. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  try {
    yield* source;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
