/** A token of source code, outside comments. Good enough for C-like languages and Python; not a parser. */
export interface Token {
  kind: 'word' | 'number' | 'string' | 'operator';
  text: string;
  start: number;
  end: number;
}

const pattern = new RegExp(
  [
    '(?<comment>\\/\\/[^\\n]*|\\/\\*[\\s\\S]*?\\*\\/)',
    '(?<string>"(?:[^"\\\\\\n]|\\\\.)*"|\'(?:[^\'\\\\\\n]|\\\\.)*\'|`(?:[^`\\\\]|\\\\[\\s\\S])*`)',
    '(?<number>\\b\\d+(?:\\.\\d+)?\\b)',
    '(?<word>[A-Za-z_$][\\w$]*)',
    '(?<operator>===|!==|\\*\\*|<<|>>|=>|->|::|==|!=|<=|>=|&&|\\|\\||\\?\\?|\\?\\.|\\+\\+|--|\\+=|-=|\\*=|\\/=|[-+*/%<>=!?:;,.(){}[\\]&|^~])',
  ].join('|'),
  'g',
);
const hashComments = new RegExp(`(?<hash>#[^\\n]*)|${pattern.source}`, 'g');

/** Splits source text into tokens; `#` begins a comment in languages that say so. */
export function scan(source: string, path: string): Token[] {
  const regex = /\.(py|rb|sh|pl|r|yml|yaml|toml)$/.test(path) ? hashComments : pattern;
  const tokens: Token[] = [];
  for (const match of source.matchAll(regex)) {
    const groups = match.groups ?? {};
    const kind = (['word', 'number', 'string', 'operator'] as const).find((name) => groups[name] !== undefined);
    if (kind) tokens.push({ kind, text: match[0], start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}
