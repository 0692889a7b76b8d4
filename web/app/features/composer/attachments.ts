import type { Schemas } from '~/lib/api.ts';
import { formatBytes } from '~/lib/format.ts';

export type AttachmentRef = Schemas['AttachmentRef'];

/** What the API takes with one message; sizes in bytes. */
export const attachmentLimits = { count: 10, sizeBytes: 10 * 1024 * 1024, nameBytes: 200 } as const;

/** A file on its way into a message. `localId` names it in this page; what is stored has a `ref`. */
export type DraftAttachment =
  | { localId: string; state: 'uploading'; name: string; mediaType: string; sizeBytes: number }
  | { localId: string; state: 'failed'; name: string; mediaType: string; sizeBytes: number; reason: string }
  | { localId: string; state: 'stored'; name: string; mediaType: string; sizeBytes: number; ref: AttachmentRef };

/** What a browser tells of a file. */
export interface FileFacts {
  name: string;
  type: string;
  size: number;
}

/** The limits in words, for people before they hit them. */
export const attachmentHint = `Up to ${attachmentLimits.count} files of ${formatBytes(attachmentLimits.sizeBytes)} each`;

/** Why a file cannot be attached, in words; null when it can. `held` is what the message has already. */
export function refusalOf(file: FileFacts, held: readonly DraftAttachment[]): string | null {
  const name = file.name || 'The file';
  if (held.length >= attachmentLimits.count) return `${name}: a message takes ${attachmentLimits.count} files; remove one first.`;
  if (file.size === 0) return `${name} is empty, or a folder; attach a file with something in it.`;
  if (file.size > attachmentLimits.sizeBytes)
    return `${name} has ${formatBytes(file.size)}; a file may have ${formatBytes(attachmentLimits.sizeBytes)}.`;
  return null;
}

/**
 * A name that the API takes and that no other file of the message has: without a path and control characters, at most 200
 * bytes, with a number before its extension where needed.
 */
export function nameFor(file: FileFacts, held: readonly DraftAttachment[]): string {
  const base = plainName(file.name) || (file.type.startsWith('image/') ? `image.${file.type.slice(6).replace(/\W.*$/, '')}` : 'file');
  const taken = new Set(held.map(({ name }) => name));
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? shorten(base, '') : shorten(base, `-${n}`);
    if (!taken.has(name)) return name;
  }
}

function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .trim();
  return plain === '.' || plain === '..' ? '' : plain;
}

/** The name with a suffix before its extension, cut to the limit between characters. */
function shorten(name: string, suffix: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
  const room = attachmentLimits.nameBytes - sizeOf(suffix + extension);
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    if (sizeOf(stem + character) > room) break;
    stem += character;
  }
  return `${stem}${suffix}${extension}`;
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

export type AttachmentChange =
  | { type: 'added'; attachment: DraftAttachment }
  | { type: 'stored'; localId: string; ref: AttachmentRef }
  | { type: 'failed'; localId: string; reason: string }
  | { type: 'removed'; localId: string }
  | { type: 'replaced'; attachments: DraftAttachment[] };

/** What a change makes of a message's attachments. A file that was removed while it was uploaded stays removed. */
export function changeAttachments(attachments: readonly DraftAttachment[], change: AttachmentChange): DraftAttachment[] {
  switch (change.type) {
    case 'added':
      return [...attachments, change.attachment];
    case 'stored':
      return attachments.map((each) => (each.localId === change.localId ? { ...common(each), state: 'stored', ref: change.ref } : each));
    case 'failed':
      return attachments.map((each) =>
        each.localId === change.localId ? { ...common(each), state: 'failed', reason: change.reason } : each,
      );
    case 'removed':
      return attachments.filter(({ localId }) => localId !== change.localId);
    case 'replaced':
      return change.attachments;
  }
}

function common({ localId, name, mediaType, sizeBytes }: DraftAttachment) {
  return { localId, name, mediaType, sizeBytes };
}

/** What a message sends: the stored files under their names. */
export function usesOf(attachments: readonly DraftAttachment[]): { artifactId: string; name: string; mediaType: string }[] {
  return attachments.flatMap((each) =>
    each.state === 'stored' ? [{ artifactId: each.ref.artifactId, name: each.name, mediaType: each.mediaType }] : [],
  );
}

/** True for media types that a browser shows as a picture. */
export function isPicture(mediaType: string): boolean {
  return ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'].includes(mediaType);
}
