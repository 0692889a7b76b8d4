/** A file that is being named in a text: `@` at `start`, what follows it up to the caret is the query. */
export interface Mention {
  start: number;
  end: number;
  query: string;
}

const longestQuery = 200;

/** The mention that the caret stands in; null when it stands in none. An `@` within a word (an e-mail address) is no mention. */
export function mentionAt(text: string, caret: number): Mention | null {
  const before = text.slice(Math.max(0, caret - longestQuery - 1), caret);
  const match = /(^|[\s([{"'`,;:])@([^\s@"'`]*)$/.exec(before);
  if (!match || (match[1] === '' && caret > longestQuery + 1)) return null;
  const query = match[2] ?? '';
  return { start: caret - query.length - 1, end: caret, query };
}

/** The text with the mention made whole, and where the caret goes. A path with blanks is quoted. */
export function completeMention(text: string, mention: Mention, path: string): { text: string; caret: number } {
  const name = /\s/.test(path) ? `@"${path}"` : `@${path}`;
  const rest = text.slice(mention.end);
  const inserted = /^\s/.test(rest) ? name : `${name} `;
  const caret = mention.start + inserted.length + (inserted === name ? 1 : 0);
  return { text: text.slice(0, mention.start) + inserted + rest, caret };
}
