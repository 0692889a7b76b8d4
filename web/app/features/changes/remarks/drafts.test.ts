import { describe, expect, it } from '@jest/globals';
import { changeDraft, openDraft, readDrafts, removeDrafts, shutDraft, spotWords, writtenDrafts, type Draft } from './drafts.ts';

function draftOf(fields: Partial<Draft> & { id: string }): Draft {
  return { path: 'a.ts', side: 'new', startLine: 1, endLine: 1, commit: 'c1', excerpt: 'x', body: 'words', isOpen: false, ...fields };
}

describe('drafts', () => {
  it('opens a new editor, or the one that stands at the same lines', () => {
    const first = openDraft([], draftOf({ id: '1', body: '', isOpen: true }));
    const again = openDraft(changeDraft(first, '1', { isOpen: false, body: 'kept' }), draftOf({ id: '2', body: '', isOpen: true }));

    expect(again).toEqual([draftOf({ id: '1', body: 'kept', isOpen: true })]);
  });

  it.each<[string, Partial<Draft>]>([
    ['another line', { endLine: 2 }],
    ['the other side', { side: 'old' }],
    ['another file', { path: 'b.ts' }],
    ['another commit', { commit: 'c2' }],
  ])('opens a second one for %s', (_, fields) => {
    expect(openDraft([draftOf({ id: '1' })], draftOf({ id: '2', ...fields }))).toHaveLength(2);
  });

  it('forgets an empty one when its editor is shut, and keeps one with words', () => {
    const drafts = [draftOf({ id: '1', body: '  ', isOpen: true }), draftOf({ id: '2', isOpen: true })];

    expect(shutDraft(shutDraft(drafts, '1'), '2')).toEqual([draftOf({ id: '2', isOpen: false })]);
  });

  it('removes those that were sent', () => {
    expect(removeDrafts([draftOf({ id: '1' }), draftOf({ id: '2' })], ['1']).map(({ id }) => id)).toEqual(['2']);
  });

  it('lists those with words in the order of the files and lines', () => {
    const drafts = [
      draftOf({ id: 'gone', path: 'gone.ts' }),
      draftOf({ id: 'b9', path: 'b.ts', startLine: 9, endLine: 9 }),
      draftOf({ id: 'empty', path: 'b.ts', body: '' }),
      draftOf({ id: 'b2', path: 'b.ts', startLine: 2, endLine: 4 }),
      draftOf({ id: 'a', path: 'a.ts' }),
    ];

    expect(writtenDrafts(drafts, ['b.ts', 'a.ts']).map(({ id }) => id)).toEqual(['b2', 'b9', 'a', 'gone']);
  });
});

describe('readDrafts', () => {
  it('takes what was kept and nothing else', () => {
    const good = draftOf({ id: '1' });

    expect(readDrafts([good, { ...good, body: '' }, { ...good, side: 'left' }, { ...good, startLine: '1' }, null, 7])).toEqual([good]);
    expect(readDrafts({ not: 'a list' })).toEqual([]);
  });
});

describe('spotWords', () => {
  it.each<[Partial<Draft>, string]>([
    [{ startLine: 4, endLine: 4 }, 'line 4'],
    [{ startLine: 4, endLine: 9 }, 'lines 4–9'],
    [{ startLine: 4, endLine: 9, side: 'old' }, 'lines 4–9 of the old side'],
  ])('%j', (fields, expected) => {
    expect(spotWords(draftOf({ id: '1', ...fields }))).toBe(expected);
  });
});
