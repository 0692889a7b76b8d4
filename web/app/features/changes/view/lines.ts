import type { LineTokens } from '../highlight/patch-tokens.ts';
import type { SplitRow, UnifiedRow } from '../patch/rows.ts';
import type { Stop } from '../remarks/selection.ts';
import type { Side } from '../types.ts';

/** Rows that are drawn before somebody asks for more: a page of a long file. */
export const rowsPerPage = 400;

/** The sides on which remarks can be made; on a comparison the old side belongs to another commit. */
export type RemarkSides = 'both' | 'new' | 'none';

/** What a table of lines shows besides the lines. */
export interface Decoration {
  tokens: LineTokens;
  sides: RemarkSides;
}

/** Names a line of one side, as `data-stop` does. */
export function stopKey({ side, line }: Stop): string {
  return `${side}:${line}`;
}

/** Reads what `data-stop` holds; null for anything else. */
export function parseStop(text: string | null | undefined): Stop | null {
  const match = /^(old|new):(\d+)$/.exec(text ?? '');
  return match ? { side: match[1] as Side, line: Number(match[2]) } : null;
}

/** Where the keyboard can stand in a unified row: a context line counts as the new side's. */
export function unifiedStops(row: UnifiedRow, sides: RemarkSides): Stop[] {
  if (row.kind === 'gap' || sides === 'none') return [];
  const { oldLine, newLine } = row.line;
  if (newLine !== null) return [{ side: 'new', line: newLine }];
  return oldLine !== null && sides === 'both' ? [{ side: 'old', line: oldLine }] : [];
}

/** Where the keyboard can stand in a side-by-side row. */
export function splitStops(row: SplitRow, sides: RemarkSides): Stop[] {
  if (row.kind === 'gap' || sides === 'none') return [];
  const old = row.left?.oldLine ?? null;
  const fresh = row.right?.newLine ?? null;
  return [
    ...(old !== null && sides === 'both' ? [{ side: 'old' as const, line: old }] : []),
    ...(fresh !== null ? [{ side: 'new' as const, line: fresh }] : []),
  ];
}

/** Both names of a row's lines, for what hangs below it: a remark on the old side of a context line is found too. */
export function rowKeys(row: UnifiedRow | SplitRow): string[] {
  if (row.kind === 'gap') return [];
  const lines = row.kind === 'line' ? [row.line] : [row.left, row.right];
  const keys = lines.flatMap((line) => [
    ...(line && line.oldLine !== null ? [`old:${line.oldLine}`] : []),
    ...(line && line.newLine !== null ? [`new:${line.newLine}`] : []),
  ]);
  return [...new Set(keys)];
}

/** Text of a line of one side; empty when it is not among the rows. */
export function textAt(rows: readonly (UnifiedRow | SplitRow)[], { side, line }: Stop): string {
  for (const row of rows) {
    if (row.kind === 'gap') continue;
    const lines = row.kind === 'line' ? [row.line] : [row.left, row.right];
    const found = lines.find((each) => each && (side === 'old' ? each.oldLine : each.newLine) === line);
    if (found) return found.text;
  }
  return '';
}

/** Where the row with this line stands; -1 when it is not among the rows. */
export function rowIndexOf(rows: readonly (UnifiedRow | SplitRow)[], stop: Stop): number {
  const key = stopKey(stop);
  return rows.findIndex((row) => rowKeys(row).includes(key));
}

/** Gives the focus to a line: to its button, or to another one of its row; false when the line is not there. */
export function focusLine(root: ParentNode, stop: Stop): boolean {
  const number = root.querySelector<HTMLElement>(`[data-line="${stopKey(stop)}"]`);
  if (!number) return false;
  const button = number.querySelector('button') ?? number.closest('tr')?.querySelector<HTMLElement>('[data-stop]');
  // Where no remark can be made nothing in the row takes the focus by itself.
  if (!button) number.tabIndex = -1;
  (button ?? number).focus({ preventScroll: true });
  return true;
}

/** Brings a line into the middle of the view and gives it the focus; false when it is not there. */
export function goToLine(root: ParentNode, stop: Stop): boolean {
  root.querySelector(`[data-line="${stopKey(stop)}"]`)?.scrollIntoView({ block: 'center' });
  return focusLine(root, stop);
}
