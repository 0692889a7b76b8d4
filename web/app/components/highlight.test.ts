import { describe, expect, it } from '@jest/globals';
import { common, createLowlight } from 'lowlight';
import { hasGrammar } from './highlight-names.ts';
import { type CodeNode, highlight } from './highlight.ts';

function textOf(nodes: readonly CodeNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : textOf(node.children))).join('');
}

describe('highlight', () => {
  it('marks what it knows and keeps every character', () => {
    const code = 'const a = "<b>&amp;</b>"; // 😀\n';

    const nodes = highlight(code, 'ts') ?? [];

    expect(textOf(nodes)).toBe(code);
    expect(nodes).toContainEqual({ className: 'hljs-keyword', children: ['const'] });
  });

  it('leaves a language that it does not know to others', () => {
    expect(highlight('x', 'no-such-language')).toBeNull();
  });
});

describe('hasGrammar', () => {
  it('knows every grammar that the highlighter has, and no other', () => {
    expect(Object.keys(common).filter((name) => !hasGrammar(name))).toEqual([]);
    expect(['no-such-language', 'astraforge-demo', ''].filter(hasGrammar)).toEqual([]);
  });

  it.each(['ts', 'TSX', 'sh', 'yml', 'py', 'c++', 'html', 'patch', 'golang'])(
    'knows the other name %s, as the highlighter does',
    (name) => {
      expect(createLowlight(common).registered(name)).toBe(true);
      expect(hasGrammar(name)).toBe(true);
    },
  );
});
