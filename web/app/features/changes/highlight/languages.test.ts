import { describe, expect, it } from '@jest/globals';
import { languageOf } from './languages.ts';

describe('languageOf', () => {
  it.each([
    ['src/app.ts', 'typescript'],
    ['src/App.TSX', 'typescript'],
    ['Makefile', 'makefile'],
    ['a/b.test.py', 'python'],
    ['go.mod/x.go', 'go'],
    ['Cargo.toml', 'ini'],
    ['README', null],
    ['.env', null],
    ['x.unknown', null],
  ])('%s is %s', (path, language) => {
    expect(languageOf(path)).toBe(language);
  });
});
