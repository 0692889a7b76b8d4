import { describe, expect, it } from '@jest/globals';
import hljs from 'highlight.js/lib/core';
import { common } from 'lowlight';
import { grammarOf } from './highlight-names.ts';
import { type CodeNode, highlighterOf } from './highlight.ts';

function textOf(nodes: readonly CodeNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : textOf(node.children))).join('');
}

async function highlighted(code: string, language: string): Promise<CodeNode[]> {
  return (await highlighterOf(language))?.(code) ?? [];
}

describe('highlighterOf', () => {
  it('marks what it knows and keeps every character', async () => {
    const code = 'const a = "<b>&amp;</b>"; // 😀\n';

    const nodes = await highlighted(code, 'ts');

    expect(textOf(nodes)).toBe(code);
    expect(nodes).toContainEqual({ className: 'hljs-keyword', children: ['const'] });
  });

  it.each([
    ['tsx', 'const a = <b title="x">y</b>;', 'hljs-attr'],
    ['html', '<script>const a = 1;</script>', 'hljs-keyword'],
    ['html', '<style>a { color: red }</style>', 'hljs-attribute'],
    ['console', '$ if true; then echo; fi', 'hljs-keyword'],
  ])('marks the parts of %s that are in another language: %s', async (language, code, className) => {
    expect(JSON.stringify(await highlighted(code, language))).toContain(`"${className}"`);
  });

  it.each(Object.keys(common))('has the grammar %s', async (name) => {
    expect(textOf(await highlighted('a\n', name))).toBe('a\n');
  });

  it('leaves a language that it does not know to others', async () => {
    expect(await highlighterOf('no-such-language')).toBeNull();
  });
});

describe('grammarOf', () => {
  it('knows the common grammars, each by the names that the highlighter has for it, and no other', () => {
    for (const [grammar, define] of Object.entries(common)) {
      hljs.registerLanguage(grammar, define);
      const names = [grammar, ...(hljs.getLanguage(grammar)?.aliases ?? [])];
      expect(names.map((name) => grammarOf(name))).toEqual(names.map(() => grammar));
    }
    expect(['no-such-language', 'astraforge-demo', ''].map(grammarOf)).toEqual([null, null, null]);
  });

  it.each([
    ['ts', 'typescript'],
    ['TSX', 'typescript'],
    ['c++', 'cpp'],
    ['html', 'xml'],
    ['patch', 'diff'],
    ['golang', 'go'],
  ])('finds %s as %s', (name, grammar) => {
    expect(grammarOf(name)).toBe(grammar);
  });
});
