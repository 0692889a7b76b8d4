import { describe, expect, it } from '@jest/globals';
import { changesPath, lineRange, logPath, requestPath } from './links.ts';

describe('links of a request', () => {
  it.each([
    [requestPath('r1'), '/requests/r1'],
    [requestPath('r1', 'plan'), '/requests/r1/plan'],
    [changesPath('r1', 'src/a b&c.ts', 12), '/requests/r1/changes?file=src%2Fa+b%26c.ts&line=12'],
    [changesPath('r1', 'a', 3, 'old'), '/requests/r1/changes?file=a&line=3&side=old'],
    [changesPath('r1', 'a', 0), '/requests/r1/changes?file=a'],
    [logPath('r1', 41), '/requests/r1#seq-41'],
  ])('%s', (path, expected) => {
    expect(path).toBe(expected);
  });
});

describe('lineRange', () => {
  it.each([
    [3, 3, '3'],
    [3, 5, '3–5'],
    [3, 0, '3'],
  ])('from %i to %i is %s', (start, end, text) => {
    expect(lineRange(start, end)).toBe(text);
  });
});
