import { useCallback, useSyncExternalStore } from 'react';

/** Values as they were last read or written in this page, by key: what is compared must stay the same object. */
const values = new Map<string, unknown>();
const listeners = new Set<() => void>();

/**
 * A value that this browser keeps, shared by all that use the same key, in other tabs too. `read` gets what was kept (null
 * when nothing was, or when it cannot be read) and must accept anything. A full storage keeps it for this page only.
 */
export function useStored<T>(key: string, read: (value: unknown) => T): [T, (change: (value: T) => T) => void] {
  const current = useCallback((): T => {
    if (!values.has(key)) values.set(key, read(load(key)));
    return values.get(key) as T;
  }, [key, read]);
  const value = useSyncExternalStore(subscribe, current, current);
  const update = useCallback(
    (change: (value: T) => T) => {
      const next = change(current());
      values.set(key, next);
      save(key, next);
      notify();
    },
    [key, current],
  );
  return [value, update];
}

function load(key: string): unknown {
  try {
    return JSON.parse(window.localStorage.getItem(key) ?? 'null');
  } catch {
    // Storage is refused by the browser's settings, or another program wrote there.
    return null;
  }
}

function save(key: string, value: unknown): void {
  try {
    window.localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or refused: the value lives as long as this page.
  }
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('storage', onStorage);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('storage', onStorage);
  };
}

function onStorage({ key }: StorageEvent): void {
  if (key === null) values.clear();
  else values.delete(key);
  notify();
}

function notify(): void {
  for (const listener of listeners) listener();
}
