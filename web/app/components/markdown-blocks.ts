import { Lexer, type Token } from 'marked';

/** Longer text is shown as it is: nobody reads it as prose, and lexing it would hold up the page. In characters. */
const longestText = 64 * 1024;
/** The lexer's time grows with the square of some hostile lines, so longer ones stay plain. In characters. */
const longestLine = 4_000;

/** The blocks of Markdown that nobody vouches for; null where it is too long, or nested too deeply for any lexer. */
export function blocksOf(text: string): Token[] | null {
  if (text.length > longestText) return null;
  try {
    return lex(text.replace(/\r\n?/g, '\n')).filter(({ type }) => type !== 'space' && type !== 'def');
  } catch (error) {
    // The stack of a lexer that recurses into quotes in quotes.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What marked's own `lex` does, but for long lines. */
function lex(source: string): Token[] {
  const lexer = new Lexer({ gfm: true });
  lexer.blockTokens(source, lexer.tokens);
  for (const { src, tokens } of lexer.inlineQueue) {
    if (src.length <= longestLine) lexer.inlineTokens(src, tokens);
    else tokens.push({ type: 'text', raw: src, text: src });
  }
  lexer.inlineQueue = [];
  return lexer.tokens;
}
