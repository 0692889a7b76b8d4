import { getAttachment } from '../../db/attachments.ts';
import type { Tx } from '../../db/port.ts';
import type { AttachmentRef } from '../../workflows/contracts/request.ts';
import { limits } from '../limits.ts';
import { refuse } from '../problem.ts';
import type { AttachmentUse } from '../schemas/requests.ts';

/** DomainError `attachment-name` for a name that is not a plain file name. */
export function checkAttachmentName(name: string): void {
  const reason = reasonAgainst(name);
  if (reason !== null) throw refuse('attachment-name', `The attachment's name ${reason}; send a plain file name.`);
}

function reasonAgainst(name: string): string | null {
  if (name.trim() === '') return 'is empty';
  if (Buffer.byteLength(name, 'utf8') > limits.attachmentNameLength) return `is longer than ${limits.attachmentNameLength} bytes`;
  if (/[/\\]/.test(name)) return 'holds a path';
  if (name === '.' || name === '..') return 'names a folder';
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || !name.isWellFormed()) return 'holds control characters';
  return null;
}

/** Checks the attachments of one message and reads what was uploaded under their ids. */
export async function resolveAttachments(tx: Tx, uses: AttachmentUse[]): Promise<AttachmentRef[]> {
  if (uses.length > limits.attachmentsPerMessage) {
    throw refuse('too-many-attachments', `A message takes ${limits.attachmentsPerMessage} attachments, not ${uses.length}.`);
  }
  const refs: AttachmentRef[] = [];
  for (const use of uses) {
    checkAttachmentName(use.name);
    if (refs.some(({ name }) => name === use.name)) throw refuse('attachment-name', 'Two attachments have the same name; rename one.');
    const found = await getAttachment(tx, use.artifactId);
    if (!found) throw refuse('unknown-attachment', `There is no attachment ${use.artifactId}; upload it to /api/attachments first.`);
    refs.push({ artifactId: use.artifactId, name: use.name, mediaType: use.mediaType ?? found.mediaType, sizeBytes: found.sizeBytes });
  }
  return refs;
}
