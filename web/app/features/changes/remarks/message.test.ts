import { describe, expect, it } from '@jest/globals';
import type { Draft } from './drafts.ts';
import { messageOf, sendLabel } from './message.ts';

const draft: Draft = {
  id: '1',
  path: 'a.ts',
  side: 'new',
  startLine: 2,
  endLine: 3,
  commit: 'c1',
  excerpt: '',
  body: ' why? ',
  isOpen: false,
};

describe('messageOf', () => {
  it('asks for changes on the open gate’s commit', () => {
    expect(messageOf([draft], ' please ', { kind: 'amend', commit: 'c1' }, 'c1')).toEqual({
      kind: 'amend',
      text: 'please',
      attachments: [],
      subjectId: 'c1',
      remarks: [{ path: 'a.ts', side: 'new', startLine: 2, endLine: 3, body: 'why?' }],
    });
  });

  it('is a message where nothing can be voted on', () => {
    expect(messageOf([draft], '', { kind: 'chat' }, 'c1')).toMatchObject({ kind: 'chat', text: '', subjectId: 'c1' });
  });

  it('says which remarks were written on an older commit', () => {
    const message = messageOf([draft, { ...draft, commit: 'c2c2c2c2c2c2c2' }], 'please', { kind: 'amend', commit: 'c1' }, 'c2');

    expect(message.text).toBe('please\n\na.ts, lines 2–3: written on commit c2c2c2c2.');
  });
});

describe('sendLabel', () => {
  it.each([
    [0, 'amend', 'Ask for changes'],
    [1, 'amend', 'Ask for changes with 1 remark'],
    [2, 'chat', 'Send 2 remarks'],
    [0, 'chat', 'Send the message'],
  ] as const)('%d, %s', (count, kind, expected) => {
    expect(sendLabel(count, kind === 'amend' ? { kind, commit: 'c' } : { kind })).toBe(expected);
  });
});
