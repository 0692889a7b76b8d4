import { describe, expect, it } from '@jest/globals';
import { renderToStaticMarkup } from 'react-dom/server';
import { blocksOf } from '../patch/context.ts';
import { parsePatch } from '../patch/patch.ts';
import { DiffTable, type DiffTableProps } from './diff-table.tsx';

const header = 'diff --git a/a b/a\n--- a/a\n+++ b/a\n';
const small = `${header}@@ -30,3 +30,3 @@ function total()\n one\n-two\n+TWO\n three\n`;

function table(patch: string, props: Partial<DiffTableProps> = {}): string {
  const blocks = blocksOf(parsePatch(patch), { hasGaps: true, fileLines: null, expansion: {} });
  return renderToStaticMarkup(
    <DiffTable
      path="src/a.ts"
      layout="unified"
      blocks={blocks}
      tokens={new Map()}
      sides="both"
      below={new Map()}
      marked={[]}
      onExpand={() => {}}
      isExpanding={false}
      onRemark={() => {}}
      {...props}
    />,
  );
}

function count(html: string, pattern: RegExp): number {
  return [...html.matchAll(pattern)].length;
}

describe('DiffTable', () => {
  it('names itself, its columns and each line that takes a remark', () => {
    const html = table(small);

    expect(html).toContain('<caption class="sr-only">Lines of src/a.ts</caption>');
    expect(html).toContain('aria-label="Remark on old line 31"');
    expect(html).toContain('aria-label="Remark on new line 31"');
    expect(count(html, /data-stop=/g)).toBe(4);
  });

  it('is one stop for the Tab key', () => {
    expect(count(table(small), /data-stop="[^"]*" tabindex="0"/g)).toBe(1);
  });

  it('takes remarks on both sides beside each other', () => {
    const html = table(small, { layout: 'split' });

    expect(count(html, /data-stop="old:/g)).toBe(3);
    expect(count(html, /data-stop="new:/g)).toBe(3);
  });

  it('takes none on the old side of a comparison, and none at all in a preview', () => {
    expect(count(table(small, { layout: 'split', sides: 'new' }), /data-stop="old:/g)).toBe(0);
    expect(count(table(small, { sides: 'none' }), /data-stop=/g)).toBe(0);
  });

  it('says what is left out and offers to show it', () => {
    const html = table(small);

    expect(html).toContain('29 unchanged lines before');
    expect(html).toContain('function total()');
    expect(html).toContain('aria-label="Show 20 more lines above"');
    expect(html).toContain('aria-label="Show all 29 lines that are left out here"');
    expect(html).toContain('The rest of the file is unchanged.');
  });

  it('hangs a remark below its line, on a context line by either number', () => {
    const html = table(`${header}@@ -1,2 +5,2 @@\n one\n two\n`, { below: new Map([['old:1', 'about one']]) });

    expect(html.indexOf('about one')).toBeGreaterThan(html.indexOf('one</span>'));
    expect(html.indexOf('about one')).toBeLessThan(html.indexOf('two</span>'));
  });

  it('draws a long file in pages', () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `+line ${index}`).join('\n');

    const html = table(`${header}@@ -0,0 +1,5000 @@\n${lines}\n`);

    expect(count(html, /data-stop=/g)).toBe(400);
    expect(html).toContain('Show 400 more lines');
    expect(html).toMatch(/4,60[01] of 5,00[01] are not shown yet/);
  });
});
