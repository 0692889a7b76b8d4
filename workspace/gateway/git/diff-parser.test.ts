import { describe, expect, it } from '@jest/globals';
import { isLfsPointer, parseDiffTree, splitPatch, statOf } from './diff-parser.ts';

const zero = '0'.repeat(40);
const one = '1'.repeat(40);

describe('parseDiffTree', () => {
  it('reads renames, binaries and paths with tabs, newlines and a colon in front', () => {
    const output = [
      `:100644 100644 ${one} ${zero} R086`,
      'old',
      'new\tname\n',
      `:000000 100644 ${zero} ${one} A`,
      ':colon',
      `:100644 000000 ${one} ${zero} D`,
      'bin',
      '1\t2\t',
      'old',
      'new\tname\n',
      '3\t0\t:colon',
      '-\t-\tbin',
      '',
    ].join('\0');

    const { raw, numstat } = parseDiffTree(output);

    expect(raw.map(({ status, path, oldPath }) => [status, path, oldPath])).toEqual([
      ['renamed', 'new\tname\n', 'old'],
      ['added', ':colon', null],
      ['deleted', 'bin', null],
    ]);
    expect(numstat.map(({ path }) => path)).toEqual(['new\tname\n', ':colon', 'bin']);
    expect(statOf(numstat)).toEqual({ files: 3, insertions: 4, deletions: 2 });
  });

  it.each([[`:100644 100644 ${one} ${zero} X\0a\0`], [`:100644 100644 ${one} ${zero} R100\0a\0`], ['nonsense\0'], ['1\t2\t\0old\0']])(
    'refuses %j',
    (output) => {
      expect(() => parseDiffTree(output)).toThrow('git diff-tree');
    },
  );

  it('reads nothing from nothing', () => {
    expect(parseDiffTree('')).toEqual({ raw: [], numstat: [] });
  });
});

describe('splitPatch', () => {
  it('cuts at headers only, and tells text from bytes', () => {
    const text = Buffer.from('diff --git a/x b/x\n@@ -1 +1 @@\n-diff --git a/y b/y\n+z\n');
    const latin = Buffer.from('diff --git a/l b/l\n@@ -1 +1 @@\n+caf\u00e9\n', 'latin1');

    const sections = splitPatch(Buffer.concat([text, latin]));

    expect(sections).toEqual([
      { bytes: text, isText: true },
      { bytes: latin, isText: false },
    ]);
  });
});

describe('isLfsPointer', () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 1\n`;

  it.each([
    ['a pointer', pointer, true],
    ['prose about pointers', `see:\n${pointer}`, false],
    ['a pointer without its oid', 'version https://git-lfs.github.com/spec/v1\nsize 1\n', false],
    ['a file too long for one', pointer + ' '.repeat(1024), false],
  ])('knows %s', (_what, text, expected) => {
    expect(isLfsPointer(Buffer.from(text))).toBe(expected);
  });
});
