// Written as escapes on purpose: the characters themselves would act on whoever reads this file.
const acting = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';

/** Matches the next character that is not plain text: a line feed, another control, or one that turns the direction of text. */
export function nextSpecial(): RegExp {
  return new RegExp(`[\\u000a${acting}]`, 'g');
}

const unsafe = new RegExp(`[${acting}]`, 'g');

/** A character that would act on a reader, as a mark that only tells of it. */
export function visibleMark(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** Foreign text as one line for a title: line ends and what would act on a reader become marks; cut at `width` characters. */
export function oneLine(text: string, width = 240): string {
  // Not the whole of a huge text: only what can be seen of it.
  const line = text
    .slice(0, width * 4)
    .trim()
    .replace(/\s*\r?\n\s*/g, ' ⏎ ')
    .replace(/\t/g, ' ')
    .replace(unsafe, visibleMark);
  const characters = [...line];
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`;
  return text.length > width * 4 ? `${line}…` : line;
}
