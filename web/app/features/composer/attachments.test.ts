import { describe, expect, it } from '@jest/globals';
import { attachmentLimits, changeAttachments, type DraftAttachment, nameFor, refusalOf, usesOf } from './attachments.ts';

function held(...names: string[]): DraftAttachment[] {
  return names.map((name) => ({ localId: name, state: 'uploading', name, mediaType: 'text/plain', sizeBytes: 1 }));
}

const ref = { artifactId: 'a1', name: 'a.txt', mediaType: 'text/plain', sizeBytes: 1 };

describe('refusalOf', () => {
  it.each([
    [{ name: 'a.txt', type: '', size: 5 }, [], null],
    [{ name: 'a.txt', type: '', size: attachmentLimits.sizeBytes }, [], null],
    [{ name: 'a.txt', type: '', size: 0 }, [], /a\.txt is empty/],
    [{ name: 'a.txt', type: '', size: attachmentLimits.sizeBytes + 1 }, [], /a file may have 10 MB/],
    [{ name: 'a.txt', type: '', size: 5 }, held(...'0123456789'), /takes 10 files/],
  ])('of %j is in words', (file, attachments, expected) => {
    const refusal = refusalOf(file, attachments);

    if (expected === null) expect(refusal).toBeNull();
    else expect(refusal).toMatch(expected);
  });
});

describe('nameFor', () => {
  it.each([
    ['a.txt', 'text/plain', [], 'a.txt'],
    ['a.txt', 'text/plain', ['a.txt'], 'a-2.txt'],
    ['image.png', 'image/png', ['image.png', 'image-2.png'], 'image-3.png'],
    ['C:\\temp\\x/report.pdf', '', [], 'report.pdf'],
    ['', 'image/svg+xml', [], 'image.svg'],
    ['..', '', [], 'file'],
    ['a\u0000b\n.txt', '', [], 'a b .txt'],
    ['.gitignore', '', ['.gitignore'], '.gitignore-2'],
    ['Makefile', '', ['Makefile'], 'Makefile-2'],
  ])('for %j (%s) beside %j is %s', (name, type, names, expected) => {
    expect(nameFor({ name, type, size: 1 }, held(...names))).toBe(expected);
  });

  it('keeps within the limit in bytes, keeps the extension, and cuts no character apart', () => {
    const long = nameFor({ name: `${'ü😀'.repeat(80)}.png`, type: '', size: 1 }, []);

    expect(new TextEncoder().encode(long).length).toBeLessThanOrEqual(attachmentLimits.nameBytes);
    expect(long).toMatch(/^(ü😀)+ü?\.png$/u);
  });
});

describe('changeAttachments', () => {
  it('turns an upload into what a message sends, and leaves out what is not stored', () => {
    const both = held('a.txt', 'b.txt');

    const stored = changeAttachments(both, { type: 'stored', localId: 'a.txt', ref });
    const failed = changeAttachments(stored, { type: 'failed', localId: 'b.txt', reason: 'too large' });

    expect(usesOf(failed)).toEqual([{ artifactId: 'a1', name: 'a.txt', mediaType: 'text/plain' }]);
    expect(failed[1]).toMatchObject({ state: 'failed', reason: 'too large' });
  });

  it('keeps a file away that was removed while it was uploaded', () => {
    const removed = changeAttachments(held('a.txt'), { type: 'removed', localId: 'a.txt' });

    expect(changeAttachments(removed, { type: 'stored', localId: 'a.txt', ref })).toEqual([]);
  });
});
