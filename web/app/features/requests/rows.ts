import type { Awaiting, AwaitingKind, RequestSummary, Stage } from './stages.ts';

/** A page as the API answers it. */
export interface RequestPage {
  items: RequestSummary[];
  nextCursor: string | null;
}

/** What the list holds: rows newest first, and where each page that was read begins. */
export interface Rows {
  items: RequestSummary[];
  /** `after` is the last row before the page; null for the first page. */
  pages: { cursor: string | null; after: RequestSummary | null }[];
  /** Where the next page starts; null when everything was read. */
  nextCursor: string | null;
}

/** The word that a request changed, as the stream brings it. */
export interface Change {
  requestId: string;
  stage: Stage;
  awaiting: AwaitingKind | null;
  updatedAtMs: number;
}

/** The order of the API's list: newest first, then by id. */
function compare(a: RequestSummary, b: RequestSummary): number {
  if (a.createdAtMs !== b.createdAtMs) return b.createdAtMs - a.createdAtMs;
  return a.requestId < b.requestId ? -1 : a.requestId > b.requestId ? 1 : 0;
}

/** The list with its first page alone. */
export function firstRows(page: RequestPage): Rows {
  return { items: page.items, pages: [{ cursor: null, after: null }], nextCursor: page.nextCursor };
}

/** The next page added at the end. A page that came twice adds nothing. */
export function appendPage(rows: Rows, cursor: string, page: RequestPage): Rows {
  if (cursor !== rows.nextCursor) return rows;
  const after = rows.items.at(-1) ?? null;
  return {
    items: unique([...rows.items, ...page.items]),
    pages: [...rows.pages, { cursor, after }],
    nextCursor: page.nextCursor,
  };
}

/**
 * A page read again: its rows are as they are now, new ones come in at their place, and those of its stretch that it no longer
 * has are gone. Rows that slid off its end belong to the next stretch and stay. So many new ones that the rows below may not
 * be the next ones start the list afresh.
 */
export function refreshPage(rows: Rows, cursor: string | null, page: RequestPage): Rows {
  const at = rows.pages.findIndex((each) => each.cursor === cursor);
  const start = rows.pages[at];
  if (!start) return rows;
  const last = page.nextCursor === null ? undefined : page.items.at(-1);
  const isKnown = rows.items.some(({ requestId }) => requestId === last?.requestId);
  if (at === 0 && last && !isKnown) return firstRows(page);
  const isInside = (row: RequestSummary) =>
    (start.after === null || compare(row, start.after) > 0) && (last === undefined || compare(row, last) <= 0);
  const items = unique([...page.items, ...rows.items.filter((row) => !isInside(row))]).sort(compare);
  if (page.nextCursor === null) return { items, pages: rows.pages.slice(0, at + 1), nextCursor: null };
  return { ...rows, items };
}

/** The cursors of the pages to read again after changes: those that hold the rows, and the first for ids that are new. */
export function pagesToRefresh(rows: Rows, requestIds: Iterable<string>): (string | null)[] {
  const wanted = new Set<string | null>();
  for (const requestId of requestIds) {
    const row = rows.items.find((each) => each.requestId === requestId);
    const page = row ? rows.pages.findLast(({ after }) => after === null || compare(row, after) > 0) : rows.pages[0];
    wanted.add(page?.cursor ?? null);
  }
  return [...wanted];
}

/** Shows at once what a change says of a row; the rest comes with the next reading. An older change changes nothing. */
export function applyChange(rows: Rows, change: Change): Rows {
  const at = rows.items.findIndex(({ requestId }) => requestId === change.requestId);
  const row = rows.items[at];
  if (!row || row.updatedAtMs >= change.updatedAtMs) return rows;
  const awaiting = change.awaiting === null ? null : row.awaiting?.kind === change.awaiting ? row.awaiting : bare(change);
  const changed = { ...row, stage: change.stage, awaiting, updatedAtMs: change.updatedAtMs };
  return { ...rows, items: rows.items.with(at, changed) };
}

function bare(change: Change): Awaiting | null {
  if (change.awaiting === null) return null;
  const nothing = { untilMs: null, reason: null, message: '', actions: [], questionId: null, questions: [] };
  return { kind: change.awaiting, sinceMs: change.updatedAtMs, ...nothing };
}

function unique(items: RequestSummary[]): RequestSummary[] {
  const seen = new Set<string>();
  return items.filter(({ requestId }) => !seen.has(requestId) && seen.add(requestId));
}
