import { describe, expect, it } from '@jest/globals';
import { changedWords, type Range } from './words.ts';

function cut(text: string, ranges: Range[] | undefined): string[] | undefined {
  return ranges?.map(({ start, end }) => text.slice(start, end));
}

describe('changedWords', () => {
  it.each([
    ['const a = 1;', 'const a = 2;', ['1'], ['2']],
    ['return total(items);', 'return total(items, tax);', [], [', tax']],
    ['  indented one', '    indented one', ['  '], ['    ']],
    ['größe = 1 // Länge', 'größe = 2 // Länge', ['1'], ['2']],
  ])('%s → %s', (before, after, removed, added) => {
    const words = changedWords(before, after);

    expect(cut(before, words?.before)).toEqual(removed);
    expect(cut(after, words?.after)).toEqual(added);
  });

  it.each([
    ['the same line', 'a b', 'a b'],
    ['lines that have nothing in common', 'import { readFile } from "node:fs";', 'throw new Error(message)'],
    ['very long lines', `${'a '.repeat(600)}b`, `${'a '.repeat(600)}c`],
    ['too many edits', words(400, 'x'), words(400, 'y')],
  ])('marks nothing for %s', (_, before, after) => {
    expect(changedWords(before, after)).toBeNull();
  });
});

function words(count: number, letter: string): string {
  return Array.from({ length: count }, (_, index) => (index % 2 === 0 ? '.' : letter)).join('');
}
