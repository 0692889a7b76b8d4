import { useSyncExternalStore } from 'react';

/** What a browser remembers about its person, with the choices that there are; the first one is the default. */
const choices = {
  /** Colours; `system` follows the device. */
  theme: ['system', 'light', 'dark'],
  /** The navigation at the side. */
  sidebar: ['open', 'closed'],
  /** Browser notifications when something waits. */
  notifications: ['off', 'on'],
  /** Shortcuts of a single character. */
  singleKeys: ['on', 'off'],
} as const;

export type Preferences = { [Name in keyof typeof choices]: (typeof choices)[Name][number] };
export type Theme = Preferences['theme'];

const cookiePrefix = 'astraforge_';
const yearSeconds = 365 * 24 * 60 * 60;
const listeners = new Set<() => void>();

/** The preferences in a Cookie header; what is missing or unknown is the default. Cookies, so that the server renders them. */
export function parsePreferences(cookies: string | null): Preferences {
  const found = new Map<string, string>();
  for (const pair of (cookies ?? '').split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2);
    if (name.startsWith(cookiePrefix)) found.set(name.slice(cookiePrefix.length), value);
  }
  return {
    theme: chosen(choices.theme, found.get('theme')),
    sidebar: chosen(choices.sidebar, found.get('sidebar')),
    notifications: chosen(choices.notifications, found.get('notifications')),
    singleKeys: chosen(choices.singleKeys, found.get('singleKeys')),
  };
}

function chosen<Option extends string>(options: readonly [Option, ...Option[]], value: string | undefined): Option {
  return options.find((option) => option === value) ?? options[0];
}

/** One preference, in a browser. */
export function readPreference<Name extends keyof Preferences>(name: Name): Preferences[Name] {
  return parsePreferences(document.cookie)[name];
}

/** Remembers one for a year; whoever shows it is told. */
function writePreference<Name extends keyof Preferences>(name: Name, value: Preferences[Name]): void {
  const secure = window.location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `${cookiePrefix}${name}=${value}; path=/; max-age=${yearSeconds}; samesite=lax${secure}`;
  for (const listener of listeners) listener();
}

/** A preference as it is now, and how to change it. `initial` is what the server rendered. */
export function usePreference<Name extends keyof Preferences>(
  name: Name,
  initial: Preferences[Name],
): [Preferences[Name], (value: Preferences[Name]) => void] {
  const value = useSyncExternalStore(
    subscribe,
    () => readPreference(name),
    () => initial,
  );
  return [value, (next) => writePreference(name, next)];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
