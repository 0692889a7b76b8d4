import { describe, expect, it } from '@jest/globals';
import { renderToStaticMarkup } from 'react-dom/server';
import type { PatchLine } from '../patch/patch.ts';
import { LineCode } from './line-code.tsx';

function lineOf(text: string, kind: PatchLine['kind'] = 'added'): PatchLine {
  return { kind, oldLine: kind === 'added' ? null : 1, newLine: kind === 'removed' ? null : 1, text, isUnterminated: false };
}

describe('LineCode', () => {
  it('shows hostile text as the text that it is', () => {
    const html = renderToStaticMarkup(<LineCode line={lineOf('<img src=x onerror="alert(1)">')} other={null} tokens={null} />);

    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
    expect(html).not.toContain('<img');
  });

  it('says to those who hear it whether a line was added or removed', () => {
    expect(renderToStaticMarkup(<LineCode line={lineOf('a')} other={null} tokens={null} />)).toContain('added: ');
    expect(renderToStaticMarkup(<LineCode line={lineOf('a', 'removed')} other={null} tokens={null} />)).toContain('removed: ');
  });

  it('marks the words that changed, with syntax colours around them', () => {
    const line = lineOf('const a = 2;');
    const tokens = [
      { text: 'const', className: 'hljs-keyword' },
      { text: ' a = 2;', className: null },
    ];

    const html = renderToStaticMarkup(<LineCode line={line} other={lineOf('const a = 1;', 'removed')} tokens={tokens} />);

    expect(html).toMatch(/<span class="hljs-keyword">const<\/span>/);
    expect(html).toMatch(/<span class="[^"]*bg-success[^"]*">2<\/span>/);
  });

  it('cuts a line of a megabyte and offers the rest', () => {
    const html = renderToStaticMarkup(<LineCode line={lineOf('x'.repeat(1_000_000))} other={null} tokens={null} />);

    expect(html.length).toBeLessThan(10_000);
    expect(html).toContain('show 998,000 more characters');
  });

  it('makes visible what hides', () => {
    expect(renderToStaticMarkup(<LineCode line={lineOf('a\u202eb\r')} other={null} tokens={null} />)).toContain('a⟨U+202E⟩b␍');
  });
});
