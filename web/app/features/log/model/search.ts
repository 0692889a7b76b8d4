import type { LogEntry } from './entry.ts';

/** A found place: `line` is -1 in an entry's title; `start` counts UTF-16 units. */
export interface LogMatch {
  entry: number;
  line: number;
  start: number;
}

interface Found {
  /** What the matches were found in: void when it differs. */
  epoch: number;
  title: string;
  /** Lines that need not be looked at again. */
  settled: number;
  matches: LogMatch[];
}

/**
 * Where a text occurs in a log, whatever of it is shown; upper and lower case are the same. Follows the log: of a growing
 * entry only new lines are read.
 */
export class LogSearch {
  readonly query: string;
  private readonly needle: string;
  private readonly found: (Found | undefined)[] = [];
  private count = 0;

  constructor(query: string) {
    this.query = query;
    this.needle = query.toLowerCase();
  }

  get length(): number {
    return this.query.length;
  }

  get total(): number {
    return this.count;
  }

  /** Looks at entries [from, to); for a log that was there before the search. */
  scan(entries: readonly LogEntry[], from: number, to: number): void {
    for (let index = from; index < Math.min(to, entries.length); index++) this.look(entries, index);
  }

  /** Looks again at entries that are new or changed. */
  follow(entries: readonly LogEntry[], touched: readonly number[]): void {
    for (const index of touched) this.look(entries, index);
  }

  /** Matches in one line, in order. */
  inLine(entry: number, line: number): readonly LogMatch[] {
    const matches = this.found[entry]?.matches ?? none;
    const start = firstFrom(matches, line);
    let end = start;
    while (matches[end]?.line === line) end++;
    return matches.slice(start, end);
  }

  /** The first match at or behind a place, going round at the end; null without any. */
  next(from: LogMatch | null, isHidden: (entry: number) => boolean = never): LogMatch | null {
    return this.seek(from, isHidden, 1);
  }

  /** The last match before a place, going round at the beginning; null without any. */
  previous(from: LogMatch | null, isHidden: (entry: number) => boolean = never): LogMatch | null {
    return this.seek(from, isHidden, -1);
  }

  /** The match's number, from 1; 0 when it is none. */
  ordinal(match: LogMatch): number {
    let before = 0;
    for (let index = 0; index < match.entry; index++) before += this.found[index]?.matches.length ?? 0;
    const place = this.found[match.entry]?.matches.findIndex((other) => compare(other, match) === 0) ?? -1;
    return place < 0 ? 0 : before + place + 1;
  }

  private seek(from: LogMatch | null, isHidden: (entry: number) => boolean, step: 1 | -1): LogMatch | null {
    const entries = this.found.length;
    if (this.count === 0) return null;
    const start = from?.entry ?? (step === 1 ? 0 : entries - 1);
    for (let turn = 0; turn <= entries; turn++) {
      const index = (((start + turn * step) % entries) + entries) % entries;
      if (isHidden(index)) continue;
      const matches = this.found[index]?.matches ?? [];
      // In the entry where it begins: first only what lies beyond the place, and in the end what lies before it.
      const open = turn === 0 && from ? matches.filter((match) => compare(match, from) * step > 0) : matches;
      const hit = step === 1 ? open[0] : open.at(-1);
      if (hit) return hit;
    }
    return null;
  }

  private look(entries: readonly LogEntry[], index: number): void {
    const entry = entries[index];
    if (!entry || this.needle === '') return;
    const { title, body } = entry;
    const epoch = body?.epoch ?? 0;
    const known = this.found[index];
    const valid = known !== undefined && known.epoch === epoch && known.title === title;
    const settled = valid ? known.settled : 0;
    const kept = valid ? known.matches.filter(({ line }) => line < settled) : this.inText(title, index, -1);
    const matches = kept;
    for (let line = settled; line < (body?.lineCount ?? 0); line++) matches.push(...this.inText(body?.line(line).text ?? '', index, line));
    this.count += matches.length - (known?.matches.length ?? 0);
    this.found[index] = { epoch, title, settled: body?.settledCount ?? 0, matches };
  }

  private inText(text: string, entry: number, line: number): LogMatch[] {
    const matches: LogMatch[] = [];
    const hay = lowerCase(text);
    for (let start = hay.indexOf(this.needle); start !== -1; start = hay.indexOf(this.needle, start + this.needle.length)) {
      matches.push({ entry, line, start });
    }
    return matches;
  }
}

const none: readonly LogMatch[] = [];

/** Index of the first match in `line` or behind it; matches are in order. */
function firstFrom(matches: readonly LogMatch[], line: number): number {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((matches[middle]?.line ?? line) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

function never(): boolean {
  return false;
}

/** In lower case, every character at its old place: the few that become longer (`İ`) stay as they are. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from({ length: text.length }, (_, index) => {
    const unit = text[index] ?? '';
    const small = unit.toLowerCase();
    return small.length === 1 ? small : unit;
  }).join('');
}

function compare(a: LogMatch, b: LogMatch): number {
  return a.entry - b.entry || a.line - b.line || a.start - b.start;
}
