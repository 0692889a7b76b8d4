import { describe, expect, it } from '@jest/globals';
import { isSelected, moveStop, press, rangeOf, type Stop } from './selection.ts';

describe('press', () => {
  it('chooses one line', () => {
    expect(rangeOf(press(null, 'new', 5, false))).toEqual({ side: 'new', startLine: 5, endLine: 5 });
  });

  it.each([
    ['down', 9, 5, 9],
    ['up', 2, 2, 5],
  ])('reaches %s with shift', (_, line, startLine, endLine) => {
    expect(rangeOf(press(press(null, 'new', 5, false), 'new', line, true))).toEqual({ side: 'new', startLine, endLine });
  });

  it('begins anew on the other side', () => {
    expect(press(press(null, 'new', 5, false), 'old', 7, true)).toEqual({ side: 'old', anchor: 7, head: 7 });
  });
});

describe('isSelected', () => {
  const selection = press(press(null, 'new', 5, false), 'new', 3, true);

  it.each<['old' | 'new', number | null, boolean]>([
    ['new', 3, true],
    ['new', 5, true],
    ['new', 6, false],
    ['old', 4, false],
    ['new', null, false],
  ])('%s %s: %s', (side, line, expected) => {
    expect(isSelected(selection, side, line)).toBe(expected);
  });
});

describe('moveStop', () => {
  const both = (oldLine: number, newLine: number): Stop[] => [
    { side: 'old', line: oldLine },
    { side: 'new', line: newLine },
  ];
  const rows = [both(1, 1), [], [{ side: 'old', line: 2 } as const], [{ side: 'new', line: 2 } as const], both(3, 3)];

  it.each<[string, Stop, string, Stop | null]>([
    ['down over a gap to what there is', { side: 'new', line: 1 }, 'ArrowDown', { side: 'old', line: 2 }],
    ['down on its side', { side: 'new', line: 2 }, 'ArrowDown', { side: 'new', line: 3 }],
    ['up', { side: 'old', line: 3 }, 'ArrowUp', { side: 'new', line: 2 }],
    ['up at the top', { side: 'old', line: 1 }, 'ArrowUp', null],
    ['to the old side', { side: 'new', line: 3 }, 'ArrowLeft', { side: 'old', line: 3 }],
    ['to the new side', { side: 'old', line: 3 }, 'ArrowRight', { side: 'new', line: 3 }],
    ['to a side that has nothing', { side: 'old', line: 2 }, 'ArrowRight', null],
    ['from a line that is gone', { side: 'new', line: 99 }, 'ArrowDown', null],
    ['any other key', { side: 'new', line: 1 }, 'x', null],
  ])('%s', (_, at, key, expected) => {
    expect(moveStop(rows, at, key)).toEqual(expected);
  });
});
