import { describe, expect, it } from '@jest/globals';
import { placeOf } from './place.ts';

describe('placeOf', () => {
  it.each([
    ['file=src%2Fa.ts&line=12', { path: 'src/a.ts', stop: { side: 'new', line: 12 } }],
    ['file=a&line=3&side=old', { path: 'a', stop: { side: 'old', line: 3 } }],
    ['file=a', { path: 'a', stop: null }],
    ['file=a&line=0', { path: 'a', stop: null }],
    ['file=a&line=x', { path: 'a', stop: null }],
    ['line=3', null],
    ['file=', null],
  ])('of %s', (search, place) => {
    expect(placeOf(new URLSearchParams(search))).toEqual(place);
  });
});
