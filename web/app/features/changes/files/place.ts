import type { Stop } from '../remarks/selection.ts';

/** A place in a diff that an address names. */
export interface Place {
  path: string;
  stop: Stop | null;
}

/** Reads `?file=src/a.ts&line=12&side=old`; without a line the file, null without a file. */
export function placeOf(search: URLSearchParams): Place | null {
  const path = search.get('file');
  if (path === null || path === '') return null;
  const line = Number(search.get('line'));
  const isLine = Number.isInteger(line) && line > 0;
  return { path, stop: isLine ? { side: search.get('side') === 'old' ? 'old' : 'new', line } : null };
}
