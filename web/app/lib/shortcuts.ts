import { useEffect, useRef, useSyncExternalStore } from 'react';
import { advance, type Binding, type KeyPress, yieldsToTyping } from './keymap.ts';
import { readPreference } from './preferences.ts';

/** A shortcut as the list of `?` shows it. */
export interface Shortcut extends Binding {
  description: string;
  /** Heading in the list. */
  group: string;
}

interface Registered extends Shortcut {
  run: (event: KeyboardEvent) => void;
}

export interface ShortcutOptions {
  /** Heading in the list of `?`; default "This page". */
  group?: string;
  /** False: the keys do nothing and are not listed. */
  enabled?: boolean;
  /** Holds while somebody types or a dialog is open too. */
  always?: boolean;
}

/** A sequence that is not gone on with for this long is forgotten, in ms. */
const sequenceMs = 1_200;

let registered: readonly Registered[] = [];
const listeners = new Set<() => void>();
let pending: { presses: KeyPress[]; untilMs: number } = { presses: [], untilMs: 0 };

/**
 * Runs `handler` on `keys` (`mod+k`, `?`, `c`, `g r`) while the component is mounted, and lists it under `?`. Plain characters wait
 * until nobody types, no dialog or menu is open, and do nothing when the person has turned single keys off.
 */
export function useShortcut(
  keys: string,
  description: string,
  handler: (event: KeyboardEvent) => void,
  { group = 'This page', enabled = true, always = false }: ShortcutOptions = {},
): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => {
    if (!enabled) return;
    return register({ keys, description, group, always, run: (event) => latest.current(event) });
  }, [keys, description, group, enabled, always]);
}

/** Every shortcut that holds at the moment, in the order of their registration. */
export function useShortcutList(): readonly Shortcut[] {
  return useSyncExternalStore(
    subscribe,
    () => registered,
    () => [],
  );
}

/** True on Apple's keyboards, in a browser. */
export function isMac(): boolean {
  return typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.userAgent);
}

function register(shortcut: Registered): () => void {
  if (registered.length === 0) document.addEventListener('keydown', onKeyDown);
  change([...registered, shortcut]);
  return () => {
    change(registered.filter((other) => other !== shortcut));
    if (registered.length === 0) document.removeEventListener('keydown', onKeyDown);
  };
}

function change(next: readonly Registered[]): void {
  registered = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
  const busy = isTyping(event.target) || isCovered() || readPreference('singleKeys') === 'off';
  const holding = busy ? registered.filter((shortcut) => !yieldsToTyping(shortcut)) : registered;
  const before = event.timeStamp < pending.untilMs ? pending.presses : [];
  const result = advance(before, event, holding, isMac());
  pending = { presses: result.pending, untilMs: event.timeStamp + sequenceMs };
  if (!result.hit) return;
  event.preventDefault();
  result.hit.run(event);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'range', 'color', 'file'].includes(target.type);
}

/** True while a dialog or menu lies over the page: its keys are its own. */
function isCovered(): boolean {
  return document.querySelector('[role="dialog"][data-state="open"], [role="alertdialog"][data-state="open"], [role="menu"]') !== null;
}
