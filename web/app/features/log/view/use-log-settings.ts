import { useCallback, useEffect, useState } from 'react';

/** How a reader likes logs; kept in the browser. */
export interface LogSettings {
  wrap: boolean;
  times: boolean;
}

const storageKey = 'astraforge.log';
const defaults: LogSettings = { wrap: true, times: true };

/** The settings and how to change one. Only in a browser. A browser that keeps nothing has the defaults each time. */
export function useLogSettings(): [LogSettings, (change: Partial<LogSettings>) => void] {
  const [settings, setSettings] = useState(readSettings);
  const change = useCallback((part: Partial<LogSettings>) => setSettings((before) => ({ ...before, ...part })), []);
  useEffect(() => keepSettings(settings), [settings]);
  return [settings, change];
}

function keepSettings(settings: LogSettings): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(settings));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

function readSettings(): LogSettings {
  try {
    return parseSettings(localStorage.getItem(storageKey));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return defaults;
  }
}

/** What was kept, where it is what it should be. */
export function parseSettings(text: string | null): LogSettings {
  const kept = parseJson(text ?? 'null');
  if (typeof kept !== 'object' || kept === null) return defaults;
  return {
    wrap: 'wrap' in kept && typeof kept.wrap === 'boolean' ? kept.wrap : defaults.wrap,
    times: 'times' in kept && typeof kept.times === 'boolean' ? kept.times : defaults.times,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
