import { describe, expect, it } from '@jest/globals';
import { blocksOf } from './context.ts';
import { parsePatch } from './patch.ts';
import { splitRows, unifiedRows } from './rows.ts';

function blocks(body: string, oldLines: number, newLines: number) {
  const patch = parsePatch(`diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,${oldLines} +1,${newLines} @@\n${body}`);
  return blocksOf(patch, { hasGaps: false, fileLines: null, expansion: {} });
}

describe('splitRows', () => {
  it.each([
    ['a change', ' a\n-b\n+c\n d\n', 3, 3, ['a|a', 'b|c', 'd|d']],
    ['more removed than added', '-a\n-b\n+c\n', 2, 1, ['a|c', 'b|']],
    ['more added than removed', '-a\n+b\n+c\n', 1, 2, ['a|b', '|c']],
    ['two changes without a line between', '-a\n+b\n-c\n+d\n', 2, 2, ['a|b', 'c|d']],
    ['only added', '+a\n', 0, 1, ['|a']],
  ])('%s', (_, body, oldLines, newLines, expected) => {
    const rows = splitRows(blocks(body, oldLines, newLines));

    expect(rows.map((row) => (row.kind === 'pair' ? `${row.left?.text ?? ''}|${row.right?.text ?? ''}` : 'gap'))).toEqual(expected);
  });
});

describe('unifiedRows', () => {
  it('keeps the order of the patch and knows which line replaces which', () => {
    const rows = unifiedRows(blocks(' a\n-b\n-c\n+B\n d\n', 4, 3));

    expect(rows.map((row) => (row.kind === 'line' ? [row.line.text, row.other?.text ?? null] : 'gap'))).toEqual([
      ['a', null],
      ['b', 'B'],
      ['c', null],
      ['B', 'b'],
      ['d', null],
    ]);
  });
});
