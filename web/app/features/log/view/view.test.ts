import { describe, expect, it } from '@jest/globals';
import { classesOf } from './ansi-classes.ts';
import { feedWords } from './feed-words.ts';
import { lineHash, parseLineHash } from './line-link.ts';
import { isOwnScroll } from './own-scroll.ts';
import { marksIn, segmentsOf, type Marks } from './segments.ts';
import { parseSettings } from './use-log-settings.ts';

describe('a link to a line', () => {
  it.each([
    ['#seq-12', { seq: 12, line: null }],
    ['#seq-12-L3', { seq: 12, line: 3 }],
  ])('%s', (hash, place) => {
    expect(parseLineHash(hash)).toEqual(place);
    expect(lineHash(place)).toBe(hash);
  });

  it.each(['', '#', '#seq-', '#seq-0', '#seq-01', '#seq-1-L0', '#seq-1-L', '#seq-1x', '#seq--1', '#seq-99999999999999999', '#main'])(
    'is not %j',
    (hash) => {
      expect(parseLineHash(hash)).toBeNull();
    },
  );
});

describe('segmentsOf', () => {
  function shown(text: string, spans: { start: number; end: number; style: string }[], marks: Marks | null): string {
    return segmentsOf({ text, spans }, marks)
      .map(({ text: part, style, mark }) => (style || mark ? `[${[style, mark].filter(Boolean).join(' ')}|${part}]` : part))
      .join('');
  }

  it.each<[string, string, { start: number; end: number; style: string }[], Marks | null, string]>([
    ['a plain line', 'abc', [], null, 'abc'],
    ['an empty line', '', [], null, ''],
    ['a styled part', 'abcd', [{ start: 1, end: 3, style: 'bold' }], null, 'a[bold|bc]d'],
    [
      'adjacent styles',
      'abcd',
      [
        { start: 0, end: 2, style: 'x' },
        { start: 2, end: 4, style: 'y' },
      ],
      null,
      '[x|ab][y|cd]',
    ],
    [
      'marks over styles',
      'abcdef',
      [{ start: 1, end: 4, style: 'x' }],
      { starts: [0, 3], length: 2, current: 3 },
      '[found|a][x found|b][x|c][x current|d][current|e]f',
    ],
    ['marks partly outside', 'abcd', [], { starts: [-1, 3, 9], length: 2, current: null }, '[found|a]bc[found|d]'],
  ])('%s', (_name, text, spans, marks, expected) => {
    expect(shown(text, spans, marks)).toBe(expected);
  });

  it('takes the marks that lie in a part of a line along', () => {
    const marks = { starts: [5, 9, 12, 30], length: 2, current: 12 };

    expect(marksIn(marks, 10, 20)).toEqual({ starts: [-1, 2], length: 2, current: 2 });
    expect(marksIn(marks, 0, 100)).toEqual(marks);
    expect(marksIn(marks, 50, 10)).toBeNull();
    expect(marksIn(null, 0, 10)).toBeNull();
  });
});

describe('isOwnScroll', () => {
  it.each([
    ['soon after the reader moved', { nowMs: 5_900, lastMs: 5_000, isHeld: false }, true],
    ['long after that', { nowMs: 6_100, lastMs: 5_000, isHeld: false }, false],
    ['when nobody moved', { nowMs: 100, lastMs: null, isHeld: false }, false],
    ['while the bar is held', { nowMs: 9_000, lastMs: null, isHeld: true }, true],
  ])('%s', (_name, scroll, expected) => {
    expect(isOwnScroll(scroll)).toBe(expected);
  });
});

describe('classesOf', () => {
  it.each([
    ['', ''],
    ['bold', 'font-semibold'],
    ['fg-red underline', 'text-red-800 dark:text-red-300 underline'],
    ['unknown', ''],
  ])('%j', (style, classes) => {
    expect(classesOf(style)).toBe(classes);
  });

  it("shows inverse text in the page's own colours, whatever colours it asked for", () => {
    expect(classesOf('fg-red bg-blue inverse')).toBe('bg-foreground text-background');
  });
});

describe('parseSettings', () => {
  it.each([
    [null, { wrap: true, times: true }],
    ['{"wrap":false,"times":false}', { wrap: false, times: false }],
    ['{"wrap":false}', { wrap: false, times: true }],
    ['{"wrap":"no","times":0}', { wrap: true, times: true }],
    ['{broken', { wrap: true, times: true }],
    ['7', { wrap: true, times: true }],
  ])('reads %j', (text, settings) => {
    expect(parseSettings(text)).toEqual(settings);
  });
});

describe('feedWords', () => {
  const state = { phase: 'complete', loaded: 5, total: 5, problem: null } as const;

  it.each([
    ['connected', state, null],
    ['connected', { ...state, phase: 'earlier', loaded: 1000, total: 52_000 }, 'Reading the earlier lines: 1,000 of 52,000 events.'],
    ['connected', { ...state, problem: 'No answer.' }, 'No answer. Trying again; what is here stays.'],
    ['reconnecting', state, 'The connection is lost; trying again. No line gets lost.'],
    ['signed-out', state, 'Your session has ended: sign in again to see what is new.'],
  ] as const)('when %s and %j', (connection, feed, words) => {
    expect(feedWords(connection, feed)).toBe(words);
  });
});
