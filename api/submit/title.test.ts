import { describe, expect, it } from '@jest/globals';
import { titleOf } from './title.ts';

describe('titleOf', () => {
  it.each([
    ['make the failing test pass', 'make the failing test pass'],
    ['\n\n  # Fix **the** `parser`\n\nmore', 'Fix the parser'],
    ['- rename x\n- rename y', 'rename x'],
    ['--force everything', 'force everything'],
    ['😀', '😀'],
    ['\u0007\u202etext', 'text'],
    ['!!!\n???', 'Untitled request'],
    ['', 'Untitled request'],
  ])('of %j is %j', (prompt, title) => {
    expect(titleOf(prompt)).toBe(title);
  });

  it('cuts long lines between words and never inside a character', () => {
    const words = titleOf('word '.repeat(40));
    const emoji = titleOf('👩‍👩‍👧‍👦'.repeat(40));

    expect(words.length).toBeLessThanOrEqual(80);
    expect(words).toMatch(/word…$/);
    expect(emoji.length).toBeLessThanOrEqual(80);
    expect(emoji).toMatch(/^(👩‍👩‍👧‍👦)+…$/u);
  });
});
