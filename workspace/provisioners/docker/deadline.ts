import type Docker from 'dockerode';

const answerMs = 30_000;
/** To make, start or remove something may take a busy daemon a while. */
const changeMs = 3 * 60_000;

/** A request as the library hands it to its connection. */
export interface DaemonCall {
  path: string;
  method: string;
  /** Its answer is read by whoever asked. */
  isStream?: boolean | undefined;
  /** Its connection is given to whoever asked. */
  hijack?: boolean | undefined;
  abortSignal?: AbortSignal | undefined;
}

type Done = (error: unknown, data?: unknown) => void;

/** What the library's connection does for each call. */
export interface Dialing {
  dial(call: DaemonCall, done: Done): void;
}

/** How long a daemon may take to answer; infinite where whoever asks says how long: what waits, and what moves many bytes. Pure. */
export function answerMsOf({ path, method, isStream = false, hijack = false }: DaemonCall): number {
  if (hijack) return answerMs;
  if (isStream || method === 'PUT' || path.includes('/wait?')) return Number.POSITIVE_INFINITY;
  return method === 'GET' ? answerMs : changeMs;
}

/**
 * Has every call settle: when its time is over (`longestMs` at most), or its own signal aborts, it rejects with the code ABORT_ERR. The
 * library itself hears neither of an answer that breaks off nor of a signal that aborts after that.
 */
export function withDeadlines(docker: Docker, longestMs = Number.POSITIVE_INFINITY): Docker {
  const modem = docker.modem as Dialing;
  const dial = modem.dial.bind(modem);
  modem.dial = (call, done) => {
    const ms = Math.min(answerMsOf(call), longestMs);
    const late = new AbortController();
    const timer = Number.isFinite(ms) ? setTimeout(() => late.abort(new Error(`no answer within ${ms / 1000} s`)), ms) : undefined;
    const signal = call.abortSignal ? AbortSignal.any([call.abortSignal, late.signal]) : late.signal;
    let isSettled = false;
    const settle: Done = (error, data) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      done(error, data);
    };
    const abandon = (): void =>
      settle(Object.assign(new Error(`${call.method} ${call.path} was given up`, { cause: signal.reason }), { code: 'ABORT_ERR' }));
    signal.addEventListener('abort', abandon);
    dial({ ...call, abortSignal: signal }, settle);
  };
  return docker;
}
