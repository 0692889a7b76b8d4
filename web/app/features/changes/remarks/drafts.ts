import type { Side } from '../types.ts';

/** Where a remark stands: a line or a range of one side of a file. */
export interface Spot {
  path: string;
  side: Side;
  startLine: number;
  endLine: number;
}

/** A remark that is not sent yet; it is kept in the browser. */
export interface Draft extends Spot {
  id: string;
  /** The commit whose lines were looked at. */
  commit: string;
  /** First of the lines, so that the list tells what it is about. */
  excerpt: string;
  body: string;
  /** Its editor is open. */
  isOpen: boolean;
}

/** Drafts as they were kept; anything else is left out, and empty ones are of no use any more. */
export function readDrafts(value: unknown): Draft[] {
  return Array.isArray(value) ? value.filter(isDraft) : [];
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const draft = value as Partial<Record<keyof Draft, unknown>>;
  const hasTexts = [draft.id, draft.path, draft.commit, draft.excerpt, draft.body].every((each) => typeof each === 'string');
  const hasLines = [draft.startLine, draft.endLine].every((each) => Number.isInteger(each));
  return hasTexts && hasLines && (draft.side === 'old' || draft.side === 'new') && typeof draft.isOpen === 'boolean' && draft.body !== '';
}

/** Opens an editor at a spot; the one that is there already is opened again. */
export function openDraft(drafts: readonly Draft[], fresh: Draft): Draft[] {
  const same = drafts.find((draft) => isSameSpot(draft, fresh) && draft.commit === fresh.commit);
  return same ? changeDraft(drafts, same.id, { isOpen: true }) : [...drafts, fresh];
}

/** Changes one draft. */
export function changeDraft(drafts: readonly Draft[], id: string, fields: Partial<Pick<Draft, 'body' | 'isOpen'>>): Draft[] {
  return drafts.map((draft) => (draft.id === id ? { ...draft, ...fields } : draft));
}

/** Shuts an editor; a draft without words goes with it. */
export function shutDraft(drafts: readonly Draft[], id: string): Draft[] {
  return changeDraft(drafts, id, { isOpen: false }).filter((draft) => draft.id !== id || draft.body.trim() !== '');
}

/** Removes drafts. */
export function removeDrafts(drafts: readonly Draft[], ids: readonly string[]): Draft[] {
  return drafts.filter((draft) => !ids.includes(draft.id));
}

/** Those with words, in the order of the files and lines. */
export function writtenDrafts(drafts: readonly Draft[], paths: readonly string[]): Draft[] {
  const order = new Map(paths.map((path, index) => [path, index]));
  const place = ({ path }: Draft) => order.get(path) ?? paths.length;
  return drafts
    .filter(({ body }) => body.trim() !== '')
    .sort((a, b) => place(a) - place(b) || compare(a.path, b.path) || a.startLine - b.startLine || a.endLine - b.endLine);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isSameSpot(a: Spot, b: Spot): boolean {
  return a.path === b.path && a.side === b.side && a.startLine === b.startLine && a.endLine === b.endLine;
}

/** `line 4`, `lines 4–9`, with `of the old side` where it matters. */
export function spotWords({ side, startLine, endLine }: Pick<Spot, 'side' | 'startLine' | 'endLine'>): string {
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}–${endLine}`;
  return side === 'old' ? `${lines} of the old side` : lines;
}
