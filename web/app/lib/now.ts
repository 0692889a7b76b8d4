import { useSyncExternalStore } from 'react';

interface Ticker {
  subscribe: (notify: () => void) => () => void;
  read: () => number;
}

function createTicker(everyMs: number): Ticker {
  const listeners = new Set<() => void>();
  let nowMs = 0;
  let timer: ReturnType<typeof setInterval> | null = null;
  const tick = () => {
    nowMs = Date.now();
    for (const listener of listeners) listener();
  };
  return {
    subscribe(notify) {
      listeners.add(notify);
      timer ??= setInterval(tick, everyMs);
      return () => {
        listeners.delete(notify);
        if (listeners.size > 0 || timer === null) return;
        clearInterval(timer);
        timer = null;
      };
    },
    read() {
      // Between two ticks every reader gets the same; what nobody has asked for lately is read anew.
      if (Math.abs(Date.now() - nowMs) > 2 * everyMs) nowMs = Date.now();
      return nowMs;
    },
  };
}

const tickers = { second: createTicker(1_000), minute: createTicker(30_000) };
const unknown = () => null;

/** The time, in ms, anew each second or half minute; null on the server and during hydration. One timer serves all who ask. */
export function useNow(pace: keyof typeof tickers): number | null {
  const { subscribe, read } = tickers[pace];
  return useSyncExternalStore<number | null>(subscribe, read, unknown);
}
