import { describe, expect, it } from '@jest/globals';
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
