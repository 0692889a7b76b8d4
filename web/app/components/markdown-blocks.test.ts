import { describe, expect, it } from '@jest/globals';
import { blocksOf } from './markdown-blocks.ts';

describe('blocksOf', () => {
  it('reads the blocks of a text and what stands in them', () => {
    const blocks = blocksOf('# Title\r\n\r\nsome *words*\n\n```ts\nx\n```\n') ?? [];

    expect(blocks).toMatchObject([
      { type: 'heading' },
      { type: 'paragraph', tokens: [{ type: 'text' }, { type: 'em' }] },
      { type: 'code' },
    ]);
  });

  it('takes a fence that is still being written as code to its end', () => {
    expect(blocksOf('```ts\nconst a')).toMatchObject([{ type: 'code', lang: 'ts', text: 'const a' }]);
  });

  it('keeps HTML as a token of its own, which nobody renders', () => {
    expect(blocksOf('<img src=x onerror=alert(1)>')).toMatchObject([{ type: 'html' }]);
  });

  it('keeps a long line plain, and every character of it', () => {
    const line = '_a_'.repeat(10_000);

    expect(blocksOf(`${line}\n\n*b*`)).toMatchObject([{ tokens: [{ type: 'text', text: line }] }, { tokens: [{ type: 'em' }] }]);
  });

  it.each([
    ['a text that is too long', 'word '.repeat(20_000)],
    ['quotes nested thousands of times', `${'> '.repeat(20_000)}x`],
  ])('gives up on %s', (_what, text) => {
    expect(blocksOf(text)).toBeNull();
  });
});
