import { describe, expect, it } from '@jest/globals';
import type { DiffFile } from '../types.ts';
import { fileOf } from './file.fixture.ts';
import { foldReason } from './folding.ts';

describe('foldReason', () => {
  it.each<[string, Partial<DiffFile>, RegExp]>([
    ['src/a.ts', { insertions: 1_200, deletions: 34 }, /1,234 changed lines/],
    ['web/package-lock.json', {}, /package manager/],
    ['public/app.min.js', {}, /generated/],
    ['go/vendor/x/y.go', {}, /others/],
    ['vendor/x/y.go', {}, /others/],
  ])('%s %j is folded', (path, fields, expected) => {
    expect(foldReason(fileOf({ path, ...fields }))).toMatch(expected);
  });

  it.each<[string, Partial<DiffFile>]>([
    ['src/a.ts', {}],
    ['src/a.ts', { insertions: 500, deletions: 0 }],
    ['src/vendors.ts', {}],
    ['package-lock.json', { insertions: 0, deletions: 0, status: 'renamed' }],
  ])('%s %j is shown', (path, fields) => {
    expect(foldReason(fileOf({ path, ...fields }))).toBeNull();
  });
});
