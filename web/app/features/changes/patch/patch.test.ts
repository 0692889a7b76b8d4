import { describe, expect, it } from '@jest/globals';
import { parsePatch, UnreadablePatch } from './patch.ts';

const header = 'diff --git a/a.ts b/a.ts\nindex 1111111..2222222 100644\n--- a/a.ts\n+++ b/a.ts\n';

describe('parsePatch', () => {
  it('numbers the lines of both sides', () => {
    const { hunks } = parsePatch(`${header}@@ -10,3 +10,4 @@ function total(\n one\n-two\n+2\n+two and a half\n three\n`);

    expect(hunks).toHaveLength(1);
    expect(hunks[0]?.heading).toBe('function total(');
    expect(hunks[0]?.lines.map(({ kind, oldLine, newLine, text }) => [kind, oldLine, newLine, text])).toEqual([
      ['context', 10, 10, 'one'],
      ['removed', 11, null, 'two'],
      ['added', null, 11, '2'],
      ['added', null, 12, 'two and a half'],
      ['context', 12, 13, 'three'],
    ]);
  });

  it('says which line ends without a line break', () => {
    const { hunks } = parsePatch(`${header}@@ -1 +1 @@\n-old\n\\ No newline at end of file\n+new\n`);

    expect(hunks[0]?.lines.map(({ text, isUnterminated }) => [text, isUnterminated])).toEqual([
      ['old', true],
      ['new', false],
    ]);
  });

  it('starts a new file at line 1', () => {
    const patch = 'diff --git a/n b/n\nnew file mode 100644\nindex 0000000..3333333\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+a\n+b\n';

    expect(parsePatch(patch).hunks[0]?.lines.map(({ newLine }) => newLine)).toEqual([1, 2]);
  });

  it('keeps what looks like headers inside a hunk, and carriage returns', () => {
    const { hunks } = parsePatch(`${header}@@ -1,2 +1,2 @@\n--- gone\r\n+++ here\r\n @@ -1 +1 @@\n`);

    expect(hunks[0]?.lines.map(({ text }) => text)).toEqual(['-- gone\r', '++ here\r', '@@ -1 +1 @@']);
    expect(hunks[0]?.heading).toBe('');
  });

  it.each([
    ['a rename alone', 'diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\n', false],
    ['a change of mode alone', 'diff --git a/a b/a\nold mode 100644\nnew mode 100755\n', false],
    [
      'a binary block',
      'diff --git a/a b/a\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZQz00IC200003\n\nliteral 0\nHcmV?d00001\n\n',
      true,
    ],
    ['a binary change without its bytes', 'diff --git a/a b/a\nindex 1..2 100644\nBinary files a/a and b/a differ\n', true],
    ['nothing', '', false],
  ])('finds no lines in %s', (_, patch, isBinary) => {
    expect(parsePatch(patch)).toEqual({ isBinary, hunks: [] });
  });

  it('joins the two sections of a change of type', () => {
    const gone = 'diff --git a/l b/l\ndeleted file mode 100644\nindex 1..0\n--- a/l\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\n';
    const link =
      'diff --git a/l b/l\nnew file mode 120000\nindex 0..2\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n';

    expect(parsePatch(gone + link).hunks.map(({ lines }) => lines[0]?.text)).toEqual(['text', 'target']);
  });

  it('refuses what git would not write', () => {
    expect(() => parsePatch(`${header}@@ -1,5 +1,5 @@\n one\n`)).toThrow(UnreadablePatch);
  });
});
