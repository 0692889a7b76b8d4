import { describe, expect, it } from '@jest/globals';
import { highlighterOf } from '~/components/highlight.ts';
import { clip, spansOf, tokenLines, type Span } from './tokens.ts';

function show(spans: Span[]): string {
  return spans.map(({ text, className, isChanged }) => `${isChanged ? '*' : ''}${className ?? '-'}:${text}`).join(' ');
}

describe('tokenLines', () => {
  const typescript = async (code: string) => (await highlighterOf('typescript'))?.(code) ?? [];

  it('keeps every character of every line', async () => {
    const text = 'const a = `one\n${b}\n`;\n\n/* c\n d */ function e() {}';

    const lines = tokenLines(await typescript(text));

    expect(lines.map((line) => line.map((token) => token.text).join(''))).toEqual(text.split('\n'));
  });

  it('carries a comment over the line break', async () => {
    const lines = tokenLines(await typescript('/* one\ntwo */'));

    expect(lines).toEqual([[{ text: '/* one', className: 'hljs-comment' }], [{ text: 'two */', className: 'hljs-comment' }]]);
  });

  it('takes no class name but the highlighter’s', () => {
    expect(tokenLines([{ className: 'fixed inset-0', children: ['x'] }])).toEqual([[{ text: 'x', className: null }]]);
  });
});

describe('spansOf', () => {
  const tokens = [
    { text: 'const', className: 'hljs-keyword' },
    { text: ' name', className: null },
  ];

  it.each([
    ['no change', [], 'hljs-keyword:const -: name'],
    ['within a token', [{ start: 6, end: 10 }], 'hljs-keyword:const -:  *-:name'],
    ['over two tokens', [{ start: 2, end: 7 }], 'hljs-keyword:co *hljs-keyword:nst *-: n -:ame'],
    ['the whole line', [{ start: 0, end: 10 }], '*hljs-keyword:const *-: name'],
  ])('%s', (_, changed, expected) => {
    expect(show(spansOf('const name', tokens, changed))).toBe(expected);
  });

  it('draws the text plainly when the tokens are of another text', () => {
    expect(show(spansOf('let name', tokens, [{ start: 0, end: 3 }]))).toBe('*-:let -: name');
  });

  it('has nothing for an empty line', () => {
    expect(spansOf('', null, [])).toEqual([]);
  });
});

describe('clip', () => {
  it('cuts a long line and counts what it hides', () => {
    const { spans, hidden } = clip(spansOf('abcdef', null, [{ start: 2, end: 4 }]), 3);

    expect(show(spans)).toBe('-:ab *-:c');
    expect(hidden).toBe(3);
  });

  it('leaves a short one alone', () => {
    expect(clip(spansOf('ab', null, []), 10).hidden).toBe(0);
  });
});
