import { limits } from '../limits.ts';

const untitled = 'Untitled request';

/** A request's title from its prompt: the first line with words in it, without Markdown marks, at most 80 characters. */
export function titleOf(prompt: string): string {
  for (const line of prompt.split(/\r\n|[\n\r\u2028\u2029]/, 200)) {
    const title = clean(line);
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(title)) return shorten(title, limits.titleLength);
  }
  return untitled;
}

function clean(line: string): string {
  return line
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Cf}]/gu, (mark) => (mark === '\u200d' ? mark : ' '))
    .replace(/^[\s>#*+-]+/, '')
    .replace(/[*_`]{2,}|`/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Cuts between words where it can, never inside a character that people see as one. */
function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let cut = '';
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    if (cut.length + segment.length > maxLength - 1) break;
    cut += segment;
  }
  const space = cut.lastIndexOf(' ');
  return `${(space > maxLength / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
