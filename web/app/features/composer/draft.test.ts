import { describe, expect, it } from '@jest/globals';
import { draftKey, emptyDraft, isEmptyDraft, noChoices, parseDraft, sendKey, serialiseDraft, withTypedEarly, type Draft } from './draft.ts';

const stored = {
  localId: 'l1',
  state: 'stored' as const,
  name: 'a.txt',
  mediaType: 'text/plain',
  sizeBytes: 3,
  ref: { artifactId: 'a1', name: 'a.txt', mediaType: 'text/plain', sizeBytes: 3 },
};
const draft: Draft = {
  ...emptyDraft('d1', 1000),
  text: 'fix it 😀',
  attachments: [stored],
  choices: { ...noChoices, project: 'shop', planFirst: true, review: false },
};

describe('a draft', () => {
  it('comes back as it was stored', () => {
    expect(parseDraft(serialiseDraft(draft), 2000)).toEqual(draft);
  });

  it.each([
    ['is taken where nothing was kept', '', 'new words', 'new words'],
    ['comes after what was kept', 'kept', 'new words', 'kept\n\nnew words'],
    ['that the browser filled in by itself is no second copy', 'kept words', 'kept words', 'kept words'],
    ['of blanks is nothing', 'kept', ' \n', 'kept'],
  ])('typed before it was read %s', (_what, text, typed, whole) => {
    expect(withTypedEarly(text, typed)).toBe(whole);
  });

  it('is stored without the files whose upload has not ended', () => {
    const uploading = { localId: 'l2', state: 'uploading' as const, name: 'b', mediaType: 'x/y', sizeBytes: 1 };

    const back = parseDraft(serialiseDraft({ ...draft, attachments: [stored, uploading] }), 2000);

    expect(back?.attachments).toEqual([stored]);
  });

  it.each([
    ['none', null],
    ['no JSON', '{'],
    ['JSON of another kind', '3'],
    ['one without text', '{"draftId":"d","savedAtMs":1}'],
    ['one of long ago', serialiseDraft({ ...draft, savedAtMs: -100 * 24 * 60 * 60 * 1000 })],
  ])('is not read from %s', (_what, text) => {
    expect(parseDraft(text, 2000)).toBeNull();
  });

  it('is read in part where a part of it is foreign', () => {
    const text = JSON.stringify({ draftId: 'd', text: 't', savedAtMs: 1, attachments: [{ state: 'stored' }], choices: { project: 3 } });

    expect(parseDraft(text, 2)).toEqual({ draftId: 'd', text: 't', savedAtMs: 1, attachments: [], choices: noChoices });
  });

  it('is empty without words and files', () => {
    expect(isEmptyDraft(emptyDraft('d', 0))).toBe(true);
    expect(isEmptyDraft({ ...emptyDraft('d', 0), text: ' \n' })).toBe(true);
    expect(isEmptyDraft(draft)).toBe(false);
  });

  it('belongs to one person and one place', () => {
    expect(new Set([draftKey('p1', 'new'), draftKey('p2', 'new'), draftKey('p1', 'r1')]).size).toBe(3);
  });
});

describe('sendKey', () => {
  it('is the same for the same draft with the same content, and for nothing else', () => {
    const body = { prompt: 'x', attachments: [] };
    const key = sendKey('d1', body);

    expect(sendKey('d1', { ...body })).toBe(key);
    expect(sendKey('d2', body)).not.toBe(key);
    expect(sendKey('d1', { ...body, prompt: 'y' })).not.toBe(key);
    expect(key.length).toBeLessThanOrEqual(200);
  });
});
