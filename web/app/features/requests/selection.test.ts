import { describe, expect, it } from '@jest/globals';
import { extendTo, keepOnly, moveBy, nothingChosen, toggle, toggleAll } from './selection.ts';

const ids = ['a', 'b', 'c', 'd'];

describe('moveBy', () => {
  it.each([
    [null, 1, 'a'],
    [null, -1, 'd'],
    ['a', 1, 'b'],
    ['d', 1, 'd'],
    ['a', -1, 'a'],
    ['gone', 1, 'a'],
  ])('from %j by %i stands on %s', (at, step, expected) => {
    expect(moveBy({ chosen: new Set(), at }, ids, step).at).toBe(expected);
  });

  it('has nowhere to go in an empty list', () => {
    expect(moveBy(nothingChosen, [], 1)).toBe(nothingChosen);
  });
});

describe('choosing', () => {
  it('chooses a row and lets it go', () => {
    const chosen = toggle(nothingChosen, 'b');

    expect([...chosen.chosen]).toEqual(['b']);
    expect(toggle(chosen, 'b').chosen.size).toBe(0);
  });

  it.each([
    ['d', ['b', 'c', 'd']],
    ['a', ['b', 'a']],
  ])('extends from b to %s', (to, expected) => {
    expect([...extendTo(toggle(nothingChosen, 'b'), ids, to).chosen].sort()).toEqual([...expected].sort());
  });

  it('chooses one row when there is nothing to extend from', () => {
    expect([...extendTo(nothingChosen, ids, 'c').chosen]).toEqual(['c']);
  });

  it('chooses all, then none', () => {
    const all = toggleAll(nothingChosen, ids);

    expect([...all.chosen]).toEqual(ids);
    expect(toggleAll(all, ids).chosen.size).toBe(0);
    expect(toggleAll(nothingChosen, []).chosen.size).toBe(0);
  });
});

describe('keepOnly', () => {
  it('forgets rows that are gone, and changes nothing when all are there', () => {
    const selection = toggle(toggle(nothingChosen, 'a'), 'b');

    expect(keepOnly(selection, ids)).toBe(selection);
    expect(keepOnly(selection, ['a'])).toEqual({ chosen: new Set(['a']), at: null });
  });
});
