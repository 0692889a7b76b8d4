import { describe, expect, it } from '@jest/globals';
import { visibleText } from './visible.ts';

describe('visibleText', () => {
  it.each([
    ['plain\ttext – ü 😀', 'plain\ttext – ü 😀'],
    ['end\r', 'end␍'],
    ['if (admin\u202e \u2066// check\u2069 \u2066)', 'if (admin⟨U+202E⟩ ⟨U+2066⟩// check⟨U+2069⟩ ⟨U+2066⟩)'],
    ['zero\u200bwidth', 'zero⟨U+200B⟩width'],
    ['bell\u0007', 'bell⟨U+0007⟩'],
    ['\ufeffbom', '⟨U+FEFF⟩bom'],
  ])('%j', (text, expected) => {
    expect(visibleText(text)).toBe(expected);
  });
});
