import type { PatchLine } from '../patch/patch.ts';
import type { Token } from './tokens.ts';

/** Tokens of lines, found by the line itself. */
export type LineTokens = ReadonlyMap<PatchLine, Token[]>;

/** More than this is shown plainly: colours are not worth a page that stalls. */
const textCap = 200_000;

/**
 * Highlights a stretch of a patch: added lines among the new text, removed ones among the old, so that each is read in
 * its own context. Nothing for long texts.
 */
export function tokensOfLines(lines: readonly PatchLine[], highlight: (texts: readonly string[]) => Token[][]): LineTokens {
  const tokens = new Map<PatchLine, Token[]>();
  if (lines.reduce((sum, { text }) => sum + text.length, 0) > textCap) return tokens;
  const added = lines.filter(({ kind }) => kind !== 'removed');
  const removed = lines.filter(({ kind }) => kind !== 'added');
  const hasRemoved = removed.some(({ kind }) => kind === 'removed');
  for (const side of [added, ...(hasRemoved ? [removed] : [])]) {
    const found = side.length === 0 ? null : highlight(side.map(({ text }) => text));
    side.forEach((line, index) => {
      const own = found?.[index];
      // Context stands in both texts; the new one's reading is kept.
      if (own && !tokens.has(line)) tokens.set(line, own);
    });
  }
  return tokens;
}
