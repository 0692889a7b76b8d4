import { describe, expect, it } from '@jest/globals';
import { localPath } from './local-path.ts';

describe('localPath', () => {
  it.each([
    ['/requests?stage=DONE', '/requests?stage=DONE'],
    ['/', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/.//evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    [null, '/'],
    ['', '/'],
  ])('%j leads to %j', (next, expected) => {
    const path = localPath(next);

    expect(path).toBe(expected);
  });
});
