/** One press: a key with its modifiers. `mod` is Command on a Mac, Ctrl elsewhere. */
interface Chord {
  key: string;
  mod: boolean;
  alt: boolean;
  /** Null for characters, which hold it already: "?" is whatever types a question mark. */
  shift: boolean | null;
}

/** What the browser says about a press. */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Something that keys start: `mod+k`, `?`, `g r` (one after the other), `shift+enter`. */
export interface Binding {
  keys: string;
  /** Holds while somebody types or a dialog is open. Default: only chords with `mod`. */
  always?: boolean;
}

const names: Readonly<Record<string, string>> = { esc: 'escape', space: ' ', up: 'arrowup', down: 'arrowdown' };

/** Reads `mod+k` or `g r`; throws for a chord without a key. */
export function parseKeys(keys: string): Chord[] {
  return keys
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .map((text) => {
      const parts = text === '+' ? ['+'] : text.split('+');
      const key = parts.at(-1) ?? '';
      if (key === '') throw new Error(`shortcut ${JSON.stringify(keys)} has no key`);
      const named = names[key] ?? key;
      const shift = parts.includes('shift') ? true : named.length === 1 ? null : false;
      return { key: named, mod: parts.includes('mod'), alt: parts.includes('alt'), shift };
    });
}

/** True when a binding must not act while somebody types: its first chord is a plain character. */
export function yieldsToTyping(binding: Binding): boolean {
  return binding.always !== true && parseKeys(binding.keys)[0]?.mod !== true;
}

/**
 * What a press does after the presses before it: the binding that is complete now, and the presses to remember. The longest match
 * wins, so that `g r` does not start what `r` starts; of equal ones the later binding, which a dialog may have put on top.
 */
export function advance<B extends Binding>(
  pending: readonly KeyPress[],
  press: KeyPress,
  bindings: readonly B[],
  isMac: boolean,
): { hit: B | null; pending: KeyPress[] } {
  for (const presses of [[...pending, press], [press]]) {
    const matching = bindings.filter(({ keys }) => startsWith(parseKeys(keys), presses, isMac));
    const hit = matching.findLast(({ keys }) => parseKeys(keys).length === presses.length);
    if (hit) return { hit, pending: [] };
    if (matching.length > 0) return { hit: null, pending: presses };
  }
  return { hit: null, pending: [] };
}

function startsWith(chords: readonly Chord[], presses: readonly KeyPress[], isMac: boolean): boolean {
  return presses.length <= chords.length && presses.every((press, index) => isChord(press, chords[index], isMac));
}

function isChord(press: KeyPress, chord: Chord | undefined, isMac: boolean): boolean {
  if (!chord || press.key.toLowerCase() !== chord.key) return false;
  const mod = isMac ? press.metaKey : press.ctrlKey;
  const otherMod = isMac ? press.ctrlKey : press.metaKey;
  if (mod !== chord.mod || otherMod) return false;
  // On many layouts a character needs Alt (AltGr) or Shift to be typed at all.
  if (chord.alt !== press.altKey && !(press.altKey && isSymbol(chord.key))) return false;
  return chord.shift === null ? !press.shiftKey || isSymbol(chord.key) : chord.shift === press.shiftKey;
}

function isSymbol(key: string): boolean {
  return key.length === 1 && !/[a-z0-9 ]/.test(key);
}

/** Keys as they are printed: `mod+k` is [["⌘","K"]] or [["Ctrl","K"]], `g r` is [["G"],["R"]]. */
export function printKeys(keys: string, isMac: boolean): string[][] {
  return parseKeys(keys).map(({ key, mod, alt, shift }) => [
    ...(mod ? [isMac ? '⌘' : 'Ctrl'] : []),
    ...(alt ? [isMac ? '⌥' : 'Alt'] : []),
    ...(shift ? [isMac ? '⇧' : 'Shift'] : []),
    printed[key] ?? (key.length === 1 ? key.toUpperCase() : key.charAt(0).toUpperCase() + key.slice(1)),
  ]);
}

const printed: Readonly<Record<string, string>> = { ' ': 'Space', arrowup: '↑', arrowdown: '↓', escape: 'Esc', enter: '↵' };
