import { describe, expect, it } from '@jest/globals';
import { fileOf } from './file.fixture.ts';
import { isViewed, markViewed, readMarks } from './viewed.ts';

const file = fileOf({ path: 'a.ts', newBlob: 'b1' });

describe('viewed marks', () => {
  it('hold while the content stays, whatever the commit', () => {
    const marks = markViewed({}, file, 'c1', true);

    expect(isViewed(marks, file, 'c2')).toBe(true);
    expect(isViewed(marks, { ...file, newBlob: 'b2' }, 'c2')).toBe(false);
  });

  it('hold for a deleted file while it stays deleted', () => {
    const deleted = fileOf({ path: 'a.ts', status: 'deleted', newBlob: null });
    const marks = markViewed({}, deleted, 'c1', true);

    expect(isViewed(marks, deleted, 'c2')).toBe(true);
    expect(isViewed(marks, file, 'c2')).toBe(false);
  });

  it('can be taken back', () => {
    const marks = markViewed(markViewed({}, file, 'c1', true), file, 'c1', false);

    expect(marks).toEqual({});
  });
});

describe('readMarks', () => {
  it.each([
    [null, {}],
    ['text', {}],
    [{ a: 'b', c: 1 }, { a: 'b' }],
  ])('%j', (value, expected) => {
    expect(readMarks(value)).toEqual(expected);
  });
});
