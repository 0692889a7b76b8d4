import { describe, expect, it } from '@jest/globals';
import { blocksOf, expand, linesOfText, type Block, type Expansion } from './context.ts';
import { parsePatch } from './patch.ts';

const header = 'diff --git a/a b/a\n--- a/a\n+++ b/a\n';
/** 100 lines; line 30 was changed, and after line 60 one was added. */
const patch = parsePatch(`${header}@@ -29,3 +29,3 @@ first\n l29\n-x\n+l30\n l31\n@@ -60,2 +60,3 @@ second\n l60\n+l61\n l62\n`);
const fileLines = Array.from({ length: 100 }, (_, index) => `l${index + 1}`);

function show(blocks: Block[]): string[] {
  return blocks.map((block) =>
    block.kind === 'gap'
      ? `gap ${block.gap.index} old ${block.gap.oldStart} new ${block.gap.newStart} count ${block.gap.count}`
      : `lines ${block.lines[0]?.newLine ?? block.lines[0]?.oldLine}-${block.lines.at(-1)?.newLine} (${block.lines.length})`,
  );
}

function gapAt(blocks: Block[], index: number) {
  const block = blocks.find((each) => each.kind === 'gap' && each.gap.index === index);
  if (block?.kind !== 'gap') throw new Error(`no gap ${index}`);
  return block.gap;
}

describe('blocksOf', () => {
  it('has gaps before, between and after the hunks; the last without a count until the file is known', () => {
    const view = { hasGaps: true, fileLines: null, expansion: {} };

    expect(show(blocksOf(patch, view))).toEqual([
      'gap 0 old 1 new 1 count 28',
      'lines 29-31 (4)',
      'gap 1 old 32 new 32 count 28',
      'lines 60-62 (3)',
      'gap 2 old 62 new 63 count null',
    ]);
    expect(gapAt(blocksOf(patch, view), 1).heading).toBe('second');
  });

  it('knows the end of the file once its text is there', () => {
    const blocks = blocksOf(patch, { hasGaps: true, fileLines, expansion: {} });

    expect(gapAt(blocks, 2).count).toBe(38);
  });

  it('has none where the file begins, ends, or is new', () => {
    const whole = parsePatch(`${header}@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n`);

    expect(show(blocksOf(whole, { hasGaps: true, fileLines: null, expansion: {} }))).toEqual(['lines 1-2 (3)']);
    expect(show(blocksOf(patch, { hasGaps: false, fileLines: null, expansion: {} }))).toEqual(['lines 29-31 (4)', 'lines 60-62 (3)']);
  });
});

describe('expand', () => {
  function after(steps: [number, 'up' | 'down' | 'all'][]): string[] {
    let expansion: Expansion = {};
    for (const [index, direction] of steps) {
      const gap = gapAt(blocksOf(patch, { hasGaps: true, fileLines, expansion }), index);
      expansion = expand(expansion, gap, direction);
    }
    return show(blocksOf(patch, { hasGaps: true, fileLines, expansion }));
  }

  it.each<[string, [number, 'up' | 'down' | 'all'][], string[]]>([
    [
      'up joins the hunk below',
      [[0, 'up']],
      ['gap 0 old 1 new 1 count 8', 'lines 9-31 (24)', 'gap 1 old 32 new 32 count 28', 'lines 60-62 (3)', 'gap 2 old 62 new 63 count 38'],
    ],
    [
      'down joins the hunk above',
      [[1, 'down']],
      ['gap 0 old 1 new 1 count 28', 'lines 29-51 (24)', 'gap 1 old 52 new 52 count 8', 'lines 60-62 (3)', 'gap 2 old 62 new 63 count 38'],
    ],
    [
      'both ways until nothing is left',
      [
        [1, 'down'],
        [1, 'up'],
      ],
      ['gap 0 old 1 new 1 count 28', 'lines 29-62 (35)', 'gap 2 old 62 new 63 count 38'],
    ],
    ['all at once', [[2, 'all']], ['gap 0 old 1 new 1 count 28', 'lines 29-31 (4)', 'gap 1 old 32 new 32 count 28', 'lines 60-100 (41)']],
  ])('%s', (_, steps, expected) => {
    expect(after(steps)).toEqual(expected);
  });

  it('numbers both sides of what it shows', () => {
    const gap = gapAt(blocksOf(patch, { hasGaps: true, fileLines, expansion: {} }), 2);
    const blocks = blocksOf(patch, { hasGaps: true, fileLines, expansion: expand({}, gap, 'down') });
    const last = blocks.at(-2);

    expect(last?.kind === 'lines' && last.lines.at(-1)).toMatchObject({ oldLine: 81, newLine: 82, text: 'l82' });
  });
});

describe('linesOfText', () => {
  it.each([
    ['', []],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\n\n', ['a', '']],
  ])('%j', (text, lines) => {
    expect(linesOfText(text)).toEqual(lines);
  });
});
