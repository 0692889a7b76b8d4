import { describe, expect, it } from '@jest/globals';
import type { DiffFile } from '../types.ts';
import { fileOf } from './file.fixture.ts';
import { hasGaps, isImage, noLinesWords, notesOf, statusWord } from './file-words.ts';

describe('notesOf', () => {
  it.each<[string, Partial<DiffFile>, RegExp[]]>([
    ['a plain change', {}, []],
    ['a rename', { status: 'renamed', oldPath: 'src/a.ts' }, [/Renamed from src\/a\.ts/]],
    ['a copy', { status: 'copied', oldPath: 'src/a.ts' }, [/Copied from src\/a\.ts/]],
    ['a change of mode', { newMode: '100755' }, [/100644 became 100755.*a plain file.*an executable file/]],
    ['a new executable', { status: 'added', newMode: '100755' }, [/executable/]],
    [
      'a file that became a link',
      { status: 'type-changed', newMode: '120000', kind: 'symlink' },
      [/a symbolic link/, /path that it points to/],
    ],
    ['a submodule', { kind: 'submodule' }, [/submodule/i]],
    ['an LFS pointer', { kind: 'lfs-pointer' }, [/Git LFS/]],
    ['a deleted executable', { status: 'deleted', oldMode: '100755', newMode: '000000' }, []],
  ])('%s', (_, fields, expected) => {
    const notes = notesOf(fileOf({ path: 'a', ...fields }));

    expect(notes).toHaveLength(expected.length);
    expected.forEach((pattern, index) => expect(notes[index]).toMatch(pattern));
  });
});

describe('noLinesWords', () => {
  it.each<[string, Partial<DiffFile>, RegExp]>([
    ['a binary change', { kind: 'binary' }, /binary file.*cannot be shown as lines/],
    ['a new binary', { kind: 'binary', status: 'added' }, /new binary file/],
    ['a deleted binary', { kind: 'binary', status: 'deleted' }, /deleted/],
    ['a new empty file', { status: 'added' }, /empty file/],
    ['a deleted empty file', { status: 'deleted' }, /was empty/],
    ['a rename', { status: 'renamed' }, /Renamed without/],
    ['a copy', { status: 'copied' }, /Copied without/],
    ['a change of mode', { newMode: '100755' }, /Only its mode/],
    ['nothing at all', {}, /No line of it changed/],
  ])('%s', (_, fields, expected) => {
    expect(noLinesWords(fileOf({ path: 'a', ...fields }))).toMatch(expected);
  });
});

describe('statusWord', () => {
  it.each<DiffFile['status']>(['added', 'deleted', 'modified', 'renamed', 'copied', 'type-changed'])('has a word for %s', (status) => {
    expect(statusWord(fileOf({ path: 'a', status }))).not.toBe('');
  });
});

describe('hasGaps', () => {
  it.each<[Partial<DiffFile>, boolean]>([
    [{}, true],
    [{ status: 'renamed' }, true],
    [{ status: 'added' }, false],
    [{ status: 'deleted' }, false],
    [{ status: 'type-changed' }, false],
    [{ kind: 'submodule' }, false],
    [{ kind: 'symlink' }, false],
  ])('%j: %s', (fields, expected) => {
    expect(hasGaps(fileOf({ path: 'a', ...fields }))).toBe(expected);
  });
});

describe('isImage', () => {
  it.each<[string, DiffFile['kind'], boolean]>([
    ['logo.PNG', 'binary', true],
    ['logo.svg', 'text', false],
    ['logo.png', 'lfs-pointer', false],
    ['archive.zip', 'binary', false],
  ])('%s (%s): %s', (path, kind, expected) => {
    expect(isImage(fileOf({ path, kind }))).toBe(expected);
  });
});
