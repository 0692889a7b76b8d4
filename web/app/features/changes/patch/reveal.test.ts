import { describe, expect, it } from '@jest/globals';
import type { Stop } from '../remarks/selection.ts';
import { rowIndexOf } from '../view/lines.ts';
import { blocksOf, type Expansion } from './context.ts';
import { parsePatch } from './patch.ts';
import { reveal } from './reveal.ts';
import { unifiedRows } from './rows.ts';

/** 100 lines; line 30 was changed, and after line 60 one was added. */
const patch = parsePatch(
  'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -29,3 +29,3 @@\n l29\n-x\n+l30\n l31\n@@ -60,2 +60,3 @@\n l60\n+l61\n l62\n',
);
const fileLines = Array.from({ length: 100 }, (_, index) => `l${index + 1}`);

function isShown(stop: Stop, lines: readonly string[] | null, expansion: Expansion): boolean {
  return rowIndexOf(unifiedRows(blocksOf(patch, { hasGaps: true, fileLines: lines, expansion })), stop) !== -1;
}

describe('reveal', () => {
  it.each<[string, Stop]>([
    ['the first line of the file', { side: 'new', line: 1 }],
    ['a line near the end of the first gap', { side: 'new', line: 27 }],
    ['a line in the middle of a gap', { side: 'new', line: 45 }],
    ['a line of the old side', { side: 'old', line: 50 }],
    ['a line after the last hunk', { side: 'new', line: 80 }],
    ['an old line after the last hunk, which has another number now', { side: 'old', line: 99 }],
    ['the last line', { side: 'new', line: 100 }],
  ])('shows %s, with lines around, before and after the text is there', (_, stop) => {
    for (const known of [null, fileLines]) {
      const expansion = reveal(patch, { fileLines: known, expansion: {} }, stop) ?? {};

      expect(isShown(stop, fileLines, {})).toBe(false);
      expect(isShown(stop, fileLines, expansion)).toBe(true);
      for (const line of [stop.line - 1, stop.line + 1].filter((each) => each >= 1 && each <= 100 && stop.side === 'new'))
        expect(isShown({ ...stop, line }, fileLines, expansion)).toBe(true);
    }
  });

  it('keeps what was shown before', () => {
    const before = { 0: { top: 3, bottom: 0 } };

    const expansion = reveal(patch, { fileLines, expansion: before }, { side: 'new', line: 27 });

    expect(expansion?.[0]?.top).toBe(3);
    expect(isShown({ side: 'new', line: 27 }, fileLines, expansion ?? {})).toBe(true);
  });

  it('asks once: nothing more for a line that was asked for, that a hunk has, or that the file has not', () => {
    const stop: Stop = { side: 'new', line: 80 };
    const asked = reveal(patch, { fileLines: null, expansion: {} }, stop) ?? {};

    expect(reveal(patch, { fileLines: null, expansion: asked }, stop)).toBeNull();
    expect(reveal(patch, { fileLines, expansion: asked }, stop)).toBeNull();
    expect(reveal(patch, { fileLines, expansion: {} }, { side: 'new', line: 30 })).toBeNull();
    expect(reveal(patch, { fileLines, expansion: {} }, { side: 'new', line: 101 })).toBeNull();
  });
});
