import { describe, expect, it } from '@jest/globals';
import { advance, type Binding, type KeyPress, parseKeys, printKeys, yieldsToTyping } from './keymap.ts';

function press(key: string, modifiers: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers };
}

/** Presses one after the other; the bindings that were hit. */
function type(presses: KeyPress[], bindings: Binding[], isMac = false): string[] {
  let pending: KeyPress[] = [];
  const hits: string[] = [];
  for (const each of presses) {
    const result = advance(pending, each, bindings, isMac);
    pending = result.pending;
    if (result.hit) hits.push(result.hit.keys);
  }
  return hits;
}

describe('advance', () => {
  const bindings = ['mod+k', 'g r', 'g o', 'r', '?', 'shift+enter', 'escape'].map((keys) => ({ keys }));

  it.each<[string, KeyPress[], boolean, string[]]>([
    ['a chord with Ctrl', [press('k', { ctrlKey: true })], false, ['mod+k']],
    ['a chord with Command on a Mac', [press('k', { metaKey: true })], true, ['mod+k']],
    ['Ctrl on a Mac is not Command', [press('k', { ctrlKey: true })], true, []],
    ['a sequence, without what its last key starts alone', [press('g'), press('r')], false, ['g r']],
    ['a key alone', [press('r')], false, ['r']],
    ['a sequence that breaks off, then the key alone', [press('g'), press('x'), press('r')], false, ['r']],
    ['a sequence begun anew', [press('g'), press('g'), press('o')], false, ['g o']],
    ['a question mark typed with Shift', [press('?', { shiftKey: true })], false, ['?']],
    ['a capital letter is another key', [press('R', { shiftKey: true })], false, []],
    ['a named key with Shift', [press('Enter', { shiftKey: true })], false, ['shift+enter']],
    ['a named key without the Shift it needs', [press('Enter')], false, []],
    ['a letter with Alt is left to the browser', [press('r', { altKey: true })], false, []],
  ])('%s', (_name, presses, isMac, expected) => {
    const hits = type(presses, bindings, isMac);

    expect(hits).toEqual(expected);
  });

  it('gives equal keys to the binding that came last', () => {
    const first = { keys: 'x', id: 1 };
    const second = { keys: 'x', id: 2 };

    const { hit } = advance([], press('x'), [first, second], false);

    expect(hit).toBe(second);
  });
});

describe('yieldsToTyping', () => {
  it.each([
    ['c', true],
    ['g r', true],
    ['escape', true],
    ['mod+enter', false],
  ])('%s: %s', (keys, expected) => {
    const yields = yieldsToTyping({ keys });

    expect(yields).toBe(expected);
  });

  it('does not when the binding holds always', () => {
    const yields = yieldsToTyping({ keys: 'escape', always: true });

    expect(yields).toBe(false);
  });
});

describe('printKeys', () => {
  it.each([
    ['mod+k', false, [['Ctrl', 'K']]],
    ['mod+shift+enter', true, [['⌘', '⇧', '↵']]],
    ['g r', false, [['G'], ['R']]],
    ['?', false, [['?']]],
  ])('%s', (keys, isMac, expected) => {
    const shown = printKeys(keys, isMac);

    expect(shown).toEqual(expected);
  });
});

describe('parseKeys', () => {
  it('refuses a chord without a key', () => {
    expect(() => parseKeys('mod+')).toThrow('has no key');
  });
});
