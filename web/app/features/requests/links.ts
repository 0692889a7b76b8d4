/** The page of a request, or one of its tabs. */
export function requestPath(requestId: string, tab = ''): string {
  return `/requests/${encodeURIComponent(requestId)}${tab === '' ? '' : `/${tab}`}`;
}

/** "12" or "12–15". */
export function lineRange(startLine: number, endLine: number): string {
  return endLine > startLine ? `${startLine}–${endLine}` : String(startLine);
}

/** Where a line of the change is shown; line 0 stands for the whole file. */
export function changesPath(requestId: string, path: string, line: number, side: 'old' | 'new' = 'new'): string {
  const query = new URLSearchParams({ file: path });
  if (line > 0) query.set('line', String(line));
  if (side === 'old') query.set('side', side);
  return `${requestPath(requestId, 'changes')}?${query.toString()}`;
}

/** Where an event of the log is shown. */
export function logPath(requestId: string, seq: number): string {
  return `${requestPath(requestId)}#seq-${seq}`;
}
