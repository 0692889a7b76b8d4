import { describe, expect, it } from '@jest/globals';
import { completeMention, mentionAt } from './mention.ts';

describe('mentionAt', () => {
  it.each([
    ['@', { start: 0, end: 1, query: '' }],
    ['look at @src/ma', { start: 8, end: 15, query: 'src/ma' }],
    ['(@a', { start: 1, end: 3, query: 'a' }],
    ['line\n@b', { start: 5, end: 7, query: 'b' }],
    ['ada@example.org', null],
    ['@file done', null],
    ['@@x', null],
    ['', null],
  ])('at the end of %j is %j', (text, expected) => {
    expect(mentionAt(text, text.length)).toEqual(expected);
  });

  it('looks at what is before the caret alone', () => {
    expect(mentionAt('see @src/main.ts now', 8)).toEqual({ start: 4, end: 8, query: 'src' });
  });

  it('stays quick and silent in a huge word', () => {
    const text = `@${'a'.repeat(1_000_000)}`;

    expect(mentionAt(text, text.length)).toBeNull();
  });
});

describe('completeMention', () => {
  it.each([
    ['see @sr', 'src/a.ts', 'see @src/a.ts ', 14],
    ['@', 'a b.md', '@"a b.md" ', 10],
  ])('makes of %j with %s %j', (text, path, expected, caret) => {
    const mention = mentionAt(text, text.length);

    expect(mention && completeMention(text, mention, path)).toEqual({ text: expected, caret });
  });

  it('adds no second blank where one follows', () => {
    const mention = mentionAt('fix @s please', 6);

    expect(mention && completeMention('fix @s please', mention, 'src/s.ts')).toEqual({ text: 'fix @src/s.ts please', caret: 14 });
  });
});
