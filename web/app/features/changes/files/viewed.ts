import type { DiffFile } from '../types.ts';

/** Which content of a file was viewed, by its path. A mark stops counting when the file's content changes. */
export type ViewedMarks = Readonly<Record<string, string>>;

/** Marks that are kept per request; the oldest go first. */
const markCap = 5_000;

/** What a mark binds to: the file's content where it is known, else the commit. */
function contentOf(file: DiffFile, commit: string): string {
  return file.status === 'deleted' ? 'deleted' : (file.newBlob ?? commit);
}

/** Whether this very content was marked. */
export function isViewed(marks: ViewedMarks, file: DiffFile, commit: string): boolean {
  return marks[file.path] === contentOf(file, commit);
}

/** Sets or removes the mark of one file. */
export function markViewed(marks: ViewedMarks, file: DiffFile, commit: string, viewed: boolean): ViewedMarks {
  const rest = Object.entries(marks).filter(([path]) => path !== file.path);
  const entries = viewed ? [...rest, [file.path, contentOf(file, commit)] as const] : rest;
  return Object.fromEntries(entries.slice(-markCap));
}

/** Reads what the browser kept; anything else counts as no marks. */
export function readMarks(value: unknown): ViewedMarks {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
