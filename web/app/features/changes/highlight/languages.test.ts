import { describe, expect, it } from '@jest/globals';
import { common } from 'lowlight';
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

  it.each(['a.sh', 'a.vue', 'a.vb', 'a.m', 'a.r', 'a.gql', 'a.kt'])('knows a grammar for %s', (path) => {
    expect(Object.keys(common)).toContain(languageOf(path));
  });
});
