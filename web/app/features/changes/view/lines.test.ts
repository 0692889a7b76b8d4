import { describe, expect, it } from '@jest/globals';
import { blocksOf } from '../patch/context.ts';
import { parsePatch } from '../patch/patch.ts';
import { splitRows, unifiedRows } from '../patch/rows.ts';
import { parseStop, rowKeys, splitStops, stopKey, textAt, unifiedStops } from './lines.ts';

const patch = parsePatch('diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -5,3 +5,3 @@\n one\n-two\n+TWO\n three\n');
const blocks = blocksOf(patch, { hasGaps: false, fileLines: null, expansion: {} });

describe('stops', () => {
  it('are one for each unified line', () => {
    const rows = unifiedRows(blocks);

    expect(rows.map((row) => unifiedStops(row, 'both').map(stopKey).join(' '))).toEqual(['new:5', 'old:6', 'new:6', 'new:7']);
    expect(rows.map((row) => unifiedStops(row, 'new').map(stopKey).join(' '))).toEqual(['new:5', '', 'new:6', 'new:7']);
    expect(rows.flatMap((row) => unifiedStops(row, 'none'))).toEqual([]);
  });

  it('are one for each side beside each other', () => {
    const rows = splitRows(blocks);

    expect(rows.map((row) => splitStops(row, 'both').map(stopKey).join(' '))).toEqual(['old:5 new:5', 'old:6 new:6', 'old:7 new:7']);
    expect(rows.map((row) => splitStops(row, 'new').map(stopKey).join(' '))).toEqual(['new:5', 'new:6', 'new:7']);
  });
});

describe('parseStop', () => {
  it.each([
    ['new:12', { side: 'new', line: 12 }],
    ['old:1', { side: 'old', line: 1 }],
    ['left:1', null],
    ['new:', null],
    [undefined, null],
  ])('%s', (text, expected) => {
    expect(parseStop(text)).toEqual(expected);
  });
});

describe('rowKeys', () => {
  it('names both sides of a line', () => {
    expect(unifiedRows(blocks).map((row) => rowKeys(row).join(' '))).toEqual(['old:5 new:5', 'old:6', 'new:6', 'old:7 new:7']);
    expect(splitRows(blocks).map((row) => rowKeys(row).join(' '))).toEqual(['old:5 new:5', 'old:6 new:6', 'old:7 new:7']);
  });
});

describe('textAt', () => {
  it.each([
    [{ side: 'old' as const, line: 6 }, 'two'],
    [{ side: 'new' as const, line: 6 }, 'TWO'],
    [{ side: 'old' as const, line: 7 }, 'three'],
    [{ side: 'new' as const, line: 99 }, ''],
  ])('%j', (stop, expected) => {
    expect(textAt(unifiedRows(blocks), stop)).toBe(expected);
    expect(textAt(splitRows(blocks), stop)).toBe(expected);
  });
});
