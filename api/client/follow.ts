import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { LogEvent } from '../../workflows/contracts/events.ts';
import type { ClientOptions } from './index.ts';

export interface FollowOptions extends ClientOptions {
  signal?: AbortSignal;
  /** Told when the connection is lost and tried again, and when it is back: for a person who waits. */
  onConnection?: (state: 'connected' | 'reconnecting', detail: string) => void;
  /** Silence after which a connection counts as dead; the server sends a comment every 15 s. */
  silenceMs?: number;
}

const backoffMs = { first: 200, most: 5_000 };
const longestEventChars = 16 * 1024 * 1024;

/**
 * Follows one request's log from `afterSeq` on, every event once and in order, across reconnects and restarts of the API.
 * Ends when `signal` aborts or the caller leaves the loop; throws `StreamRefused` for an answer that waiting cannot mend (4xx).
 */
export function followEvents(options: FollowOptions & { requestId: string; runId?: string; afterSeq?: number }): AsyncGenerator<LogEvent> {
  const path = options.runId ? `/api/runs/${options.runId}/events/stream` : `/api/requests/${options.requestId}/events/stream`;
  const from = options.afterSeq ?? 0;
  return follow(options, `${path}?afterSeq=${from}`, from > 0 ? `${from}` : null);
}

/** Follows several requests over one connection. Events of one request come in order. */
export function followRequests(options: FollowOptions & { requestIds: string[]; after?: number[] }): AsyncGenerator<LogEvent> {
  const query = new URLSearchParams({ requests: options.requestIds.join(',') });
  return follow(options, `/api/stream?${query.toString()}`, options.after?.join(',') ?? null);
}

/** The stream was refused for good. */
export class StreamRefused extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.name = 'StreamRefused';
    this.status = status;
  }
}

async function* follow(options: FollowOptions, path: string, startId: string | null): AsyncGenerator<LogEvent> {
  let lastId = startId;
  let delayMs: number = backoffMs.first;
  while (!options.signal?.aborted) {
    try {
      for await (const message of readStream(options, path, lastId)) {
        delayMs = backoffMs.first;
        lastId = message.id ?? lastId;
        yield JSON.parse(message.data) as LogEvent;
      }
    } catch (error) {
      if (error instanceof StreamRefused) throw error;
      if (options.signal?.aborted) return;
    }
    if (options.signal?.aborted) return;
    options.onConnection?.('reconnecting', `the event stream ended; trying again in ${delayMs} ms`);
    await sleep(delayMs, options.signal);
    delayMs = Math.min(delayMs * 2, backoffMs.most);
  }
}

/**
 * One connection to an event stream of the API: yields its messages until it ends, falls silent or breaks. Ends at once for an
 * answer that waiting may mend; throws `StreamRefused` for any other.
 */
export async function* readStream(options: FollowOptions, path: string, lastId: string | null): AsyncGenerator<EventSourceMessage> {
  const abort = new AbortController();
  const { signal } = abort;
  const forward = () => abort.abort();
  options.signal?.addEventListener('abort', forward, { once: true });
  const silence = watchdog(options.silenceMs ?? 45_000, () => abort.abort());
  try {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (options.token) headers['authorization'] = `Bearer ${options.token}`;
    if (lastId) headers['last-event-id'] = lastId;
    const response = await (options.fetch ?? fetch)(new Request(new URL(path, options.baseUrl), { headers, signal }));
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      const problem = (await response.json().catch(() => ({}))) as { detail?: string };
      throw new StreamRefused(response.status, problem.detail ?? `the API answered ${response.status}`);
    }
    if (!response.ok || !response.body) return;
    options.onConnection?.('connected', '');
    const pending: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => pending.push(message), maxBufferSize: longestEventChars });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    // The signal alone does not end a read for sure: fetch forgets it once its Request is collected.
    signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      silence.fed();
      parser.feed(read.value);
      yield* pending.splice(0);
    }
  } finally {
    options.signal?.removeEventListener('abort', forward);
    silence.stop();
    abort.abort();
  }
}

function watchdog(limitMs: number, bark: () => void): { fed: () => void; stop: () => void } {
  let timer = setTimeout(bark, limitMs);
  return {
    fed: () => {
      clearTimeout(timer);
      timer = setTimeout(bark, limitMs);
    },
    stop: () => clearTimeout(timer),
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
