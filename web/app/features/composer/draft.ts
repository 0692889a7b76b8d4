import type { DraftAttachment } from './attachments.ts';

/** What a person has typed and not sent: it survives a reload, an ended session and a closed browser. */
export interface Draft {
  /** Names the draft: the key under which a repeated submit makes one request only is made from it. */
  draftId: string;
  text: string;
  /** Stored files only; what is still being uploaded is lost with the page. */
  attachments: DraftAttachment[];
  /** Choices of the composer; null: the project's default. */
  choices: DraftChoices;
  savedAtMs: number;
}

export interface DraftChoices {
  project: string | null;
  baseBranch: string | null;
  executor: string | null;
  model: string | null;
  effort: string | null;
  planFirst: boolean | null;
  review: boolean | null;
}

export const noChoices: DraftChoices = {
  project: null,
  baseBranch: null,
  executor: null,
  model: null,
  effort: null,
  planFirst: null,
  review: null,
};

const oldestMs = 90 * 24 * 60 * 60 * 1000;
const prefix = 'astraforge.draft';

/** Where a draft is kept: each person of a browser has their own. `place` is `new` or a request's id. */
export function draftKey(principalId: string, place: string): string {
  return `${prefix}.${principalId}.${place}`;
}

/** An empty draft. `draftId` is random. */
export function emptyDraft(draftId: string, nowMs: number, choices: DraftChoices = noChoices): Draft {
  return { draftId, text: '', attachments: [], choices, savedAtMs: nowMs };
}

/** True when nothing would be lost with it. */
export function isEmptyDraft(draft: Draft): boolean {
  return draft.text.trim() === '' && draft.attachments.length === 0;
}

/**
 * A draft's text with what was typed before it was read. A browser that reloads a page fills its fields by itself: what the draft
 * has already is not added again.
 */
export function withTypedEarly(text: string, typed: string): string {
  if (typed.trim() === '' || text.includes(typed)) return text;
  return text.trim() === '' ? typed : `${text}\n\n${typed}`;
}

/** The draft as it is stored: uploads that have not ended are left out. */
export function serialiseDraft(draft: Draft): string {
  return JSON.stringify({ ...draft, attachments: draft.attachments.filter(({ state }) => state === 'stored') });
}

/** A stored draft; null for none, for one of another shape, and for one older than 90 days. */
export function parseDraft(stored: string | null, nowMs: number): Draft | null {
  if (stored === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { draftId, text, attachments, choices, savedAtMs } = value;
  if (typeof draftId !== 'string' || typeof text !== 'string' || typeof savedAtMs !== 'number') return null;
  if (nowMs - savedAtMs > oldestMs) return null;
  return {
    draftId,
    text,
    savedAtMs,
    attachments: Array.isArray(attachments) ? attachments.filter(isStoredAttachment) : [],
    choices: choicesOf(choices),
  };
}

function choicesOf(value: unknown): DraftChoices {
  if (!isRecord(value)) return noChoices;
  const text = (name: keyof DraftChoices) => (typeof value[name] === 'string' ? value[name] : null);
  const flag = (name: keyof DraftChoices) => (typeof value[name] === 'boolean' ? value[name] : null);
  return {
    project: text('project'),
    baseBranch: text('baseBranch'),
    executor: text('executor'),
    model: text('model'),
    effort: text('effort'),
    planFirst: flag('planFirst'),
    review: flag('review'),
  };
}

function isStoredAttachment(value: unknown): value is DraftAttachment {
  return (
    isRecord(value) &&
    value['state'] === 'stored' &&
    typeof value['localId'] === 'string' &&
    typeof value['name'] === 'string' &&
    typeof value['mediaType'] === 'string' &&
    typeof value['sizeBytes'] === 'number' &&
    isRecord(value['ref']) &&
    typeof value['ref']['artifactId'] === 'string'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/**
 * The Idempotency-Key of sending this draft with this content: a double click, and a retry after an answer that was lost,
 * make one request; changed words make another.
 */
export function sendKey(draftId: string, body: unknown): string {
  return `${draftId}-${hashOf(JSON.stringify(body))}`;
}

/** 53 bits that differ when the text does (cyrb53's mixing): names content, defends against nobody. */
function hashOf(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
