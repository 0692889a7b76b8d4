import { partsOf } from './cut.ts';
import { groupOf, opensByItself, type LogEntry, type LogGroup } from './entry.ts';
import { PrefixSums } from './prefix-sums.ts';

/** Where a row of the view stands: `line` is -1 for an entry's title, its line count for the note below its text. */
export interface RowPlace {
  entry: number;
  line: number;
  /** Which row of a line of which all is shown. */
  part: number;
}

export type OpenMode = 'auto' | 'all' | 'none';

/**
 * The rows of a view of a log: a title an entry, the lines of those that are open, nothing of hidden kinds. Follows the log
 * entry by entry; rows are found in O(log n).
 */
export class RowLayout {
  private readonly rows = new PrefixSums();
  private entries: readonly LogEntry[] = [];
  private hidden: ReadonlySet<LogGroup> = new Set();
  private mode: OpenMode = 'auto';
  /** By `seq` of the entry: what a reader chose. */
  private readonly chosen = new Map<number, boolean>();
  /** By `seq` of the entry: lines of which all is shown, in order. */
  private readonly whole = new Map<number, number[]>();

  get rowCount(): number {
    return this.rows.total;
  }

  /** Follows the log: `touched` are the indices that are new or changed, in order. */
  follow(entries: readonly LogEntry[], touched: readonly number[]): void {
    this.entries = entries;
    for (const index of touched) this.measure(index);
  }

  /** Shows a log anew, with what a reader chose for the one before. */
  rebuild(entries: readonly LogEntry[]): void {
    this.entries = entries;
    for (let index = 0; index < entries.length; index++) this.measure(index);
  }

  hide(groups: ReadonlySet<LogGroup>): void {
    this.hidden = groups;
    this.rebuild(this.entries);
  }

  /** Opens or closes all; what was chosen for single entries is forgotten. */
  openAll(mode: OpenMode): void {
    this.mode = mode;
    this.chosen.clear();
    this.rebuild(this.entries);
  }

  setOpen(index: number, open: boolean): void {
    const entry = this.entries[index];
    if (!entry) return;
    this.chosen.set(entry.seq, open);
    this.measure(index);
  }

  isOpen(index: number): boolean {
    const entry = this.entries[index];
    if (!entry || bodyRows(entry) === 0) return false;
    const chosen = this.chosen.get(entry.seq);
    if (chosen !== undefined) return chosen;
    return this.mode === 'auto' ? opensByItself(entry) : this.mode === 'all';
  }

  isHidden(index: number): boolean {
    const entry = this.entries[index];
    return !entry || this.hidden.has(groupOf(entry.kind));
  }

  showWhole(index: number, line: number): void {
    const entry = this.entries[index];
    if (!entry || this.isWhole(index, line)) return;
    this.whole.set(
      entry.seq,
      [...(this.whole.get(entry.seq) ?? []), line].sort((a, b) => a - b),
    );
    this.measure(index);
  }

  isWhole(index: number, line: number): boolean {
    const entry = this.entries[index];
    return entry ? (this.whole.get(entry.seq)?.includes(line) ?? false) : false;
  }

  /** What stands in a row; null behind the last one. */
  placeOf(row: number): RowPlace | null {
    const entry = this.rows.find(row);
    if (entry >= this.rows.length) return null;
    let left = row - this.rows.before(entry) - 1;
    if (left < 0) return { entry, line: -1, part: 0 };
    let line = left;
    for (const { at, extra } of this.extras(entry)) {
      if (left <= at) break;
      if (left <= at + extra) return { entry, line: at, part: left - at };
      left -= extra;
      line = left;
    }
    return { entry, line, part: 0 };
  }

  /** The row of a place; the title's row for a line that is not shown, the next row for a hidden entry. */
  rowOf({ entry, line, part }: RowPlace): number {
    const first = this.rows.before(entry);
    if (line < 0 || this.rows.at(entry) <= 1) return first;
    let row = first + 1 + line;
    for (const { at, extra } of this.extras(entry)) {
      if (at < line) row += extra;
      else if (at === line) row += Math.min(part, extra);
    }
    return row;
  }

  private extras(index: number): { at: number; extra: number }[] {
    const entry = this.entries[index];
    const lines = entry ? this.whole.get(entry.seq) : undefined;
    if (!entry || !lines) return [];
    return lines.map((at) => ({ at, extra: partsOf(entry.body?.line(at).text.length ?? 0) - 1 }));
  }

  private measure(index: number): void {
    const rows = this.countRows(index);
    if (index < this.rows.length) this.rows.set(index, rows);
    else this.rows.push(rows);
  }

  private countRows(index: number): number {
    const entry = this.entries[index];
    if (!entry || this.isHidden(index)) return 0;
    if (!this.isOpen(index)) return 1;
    const extra = this.extras(index).reduce((sum, part) => sum + part.extra, 0);
    return 1 + bodyRows(entry) + extra;
  }
}

/** Rows under a title when an entry is open: its lines, and a note on texts that were shortened. */
function bodyRows(entry: LogEntry): number {
  return (entry.body?.lineCount ?? 0) + (entry.longTexts.length > 0 ? 1 : 0);
}
