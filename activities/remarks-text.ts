import type { Remark } from '../workflows/contracts/request.ts';

/**
 * A person's remarks on a diff as the agent reads them: each with its place, the words indented below, so that words that look
 * like a place stay words. Empty without remarks.
 */
export function remarksText(remarks: readonly Remark[], subjectId: string | null): string {
  if (remarks.length === 0) return '';
  const about = subjectId === null ? 'your changes' : `your changes (${subjectId})`;
  const parts = remarks.map((remark) => `${placeOf(remark)}:\n${indented(remark.body)}`);
  return [`Remarks on ${about}:`, ...parts].join('\n\n');
}

/** What a message says in all, for people who read the log. */
export function wordsOf(message: { body: string; remarks: readonly Remark[]; subjectId: string | null }): string {
  return [message.body, remarksText(message.remarks, message.subjectId)].filter((text) => text !== '').join('\n\n');
}

function placeOf({ path, side, startLine, endLine }: Remark): string {
  const lines = startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;
  return `${JSON.stringify(path)}, ${lines}${side === 'old' ? ' before the change' : ''}`;
}

function indented(text: string): string {
  return text
    .trim()
    .split(/\r\n|[\n\r]/)
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}
