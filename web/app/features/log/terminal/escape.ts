/** What an escape sequence asks for. `end` is where the text goes on. */
export type Escape =
  /** The rest of the sequence has not come yet. */
  | { kind: 'incomplete' }
  /** Not a sequence at all: the escape character alone is passed over, and shown. */
  | { kind: 'broken'; end: number }
  /** Understood or not, of no meaning in a log: titles, links, cursor moves between lines. */
  | { kind: 'ignored'; end: number }
  /** Select graphic rendition; `code` is what follows the introducer, as `1;31m`. */
  | { kind: 'style'; end: number; code: string }
  /** 0: from the cursor to the line's end, 1: up to the cursor, 2: the whole line. */
  | { kind: 'erase'; end: number; mode: 0 | 1 | 2 }
  /** Cursor to a column of its line, counted from 0. */
  | { kind: 'column'; end: number; column: number }
  /** Cursor by so many columns; negative is left. */
  | { kind: 'move'; end: number; columns: number };

/** Characters; a longer control sequence is no sequence. */
const longestSequence = 256;
/** Characters; a longer title or link is no sequence. */
const longestString = 4096;

const control = /[\u0030-\u003f]*[\u0020-\u002f]*/y;
// Operating system command, device control, privacy message, application program command, start of string.
const stringIntroducers = ']P^_X';

/**
 * Reads the escape sequence that begins at `at` (ECMA-48; xterm's `ctlseqs`). The same text gives the same answer however
 * it was cut into pieces.
 */
export function readEscape(text: string, at: number): Escape {
  const introducer = text[at + 1];
  if (introducer === undefined) return { kind: 'incomplete' };
  if (introducer === '[') return readControl(text, at);
  if (stringIntroducers.includes(introducer)) return readString(text, at);
  return readShort(text, at);
}

function readControl(text: string, at: number): Escape {
  control.lastIndex = at + 2;
  const parameters = control.exec(text)?.[0] ?? '';
  const last = at + 2 + parameters.length;
  if (parameters.length > longestSequence) return { kind: 'broken', end: at + 1 };
  const final = text[last];
  if (final === undefined) return { kind: 'incomplete' };
  if (final < '@' || final > '~') return { kind: 'broken', end: at + 1 };
  return meaningOf(parameters, final, last + 1);
}

function meaningOf(parameters: string, final: string, end: number): Escape {
  const number = /^\d*$/.test(parameters) ? Number(parameters) : null;
  if (final === 'm' && /^[\d;]*$/.test(parameters)) return { kind: 'style', end, code: `${parameters}m` };
  if (number === null) return { kind: 'ignored', end };
  switch (final) {
    case 'K':
      return number === 1 || number === 2 ? { kind: 'erase', end, mode: number } : { kind: 'erase', end, mode: 0 };
    case 'G':
      return { kind: 'column', end, column: Math.max(0, number - 1) };
    case 'C':
      return { kind: 'move', end, columns: Math.max(1, number) };
    case 'D':
      return { kind: 'move', end, columns: -Math.max(1, number) };
    default:
      return { kind: 'ignored', end };
  }
}

/** Up to its terminator: BEL or ESC \. Any other control character breaks it off, so it cannot swallow lines. */
function readString(text: string, at: number): Escape {
  const limit = Math.min(text.length, at + longestString);
  for (let index = at + 2; index < limit; index++) {
    const character = text[index] ?? '';
    if (character >= ' ') continue;
    if (character === '\u0007') return { kind: 'ignored', end: index + 1 };
    const next = text[index + 1];
    if (character === '\u001b' && next === undefined) return { kind: 'incomplete' };
    return character === '\u001b' && next === '\\' ? { kind: 'ignored', end: index + 2 } : { kind: 'broken', end: at + 1 };
  }
  return limit < at + longestString ? { kind: 'incomplete' } : { kind: 'broken', end: at + 1 };
}

/** ESC, intermediate characters, one final character. */
function readShort(text: string, at: number): Escape {
  let last = at + 1;
  while (last - at < 8 && isIntermediate(text[last])) last++;
  const final = text[last];
  if (final === undefined) return { kind: 'incomplete' };
  return final >= '0' && final <= '~' ? { kind: 'ignored', end: last + 1 } : { kind: 'broken', end: at + 1 };
}

function isIntermediate(character: string | undefined): boolean {
  return character !== undefined && character >= ' ' && character <= '/';
}
