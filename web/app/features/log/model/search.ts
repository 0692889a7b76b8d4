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
  isCut: boolean;
  title: string;
  /** Lines that need not be looked at again. */
  settled: number;
  matches: LogMatch[];
}

/** Matches of one line that are kept: nobody goes through more of them. */
const mostInLine = 1000;

/**
 * Where a text occurs in a log, whatever of it is shown; upper and lower case are the same. Follows the log: of a growing
 * entry only new lines are read.
 */
export class LogSearch {
  readonly query: string;
  private readonly needle: string;
  private readonly found: (Found | undefined)[] = [];
  private count = 0;
  private cutEntries = 0;

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

  /** True when a line had more matches than are kept, so that `total` is only the least there are. */
  get isCut(): boolean {
    return this.cutEntries > 0;
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
    return matches.slice(countBefore(matches, { entry, line, start: 0 }), countBefore(matches, { entry, line: line + 1, start: 0 }));
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
    const matches = this.found[match.entry]?.matches ?? none;
    const place = countBefore(matches, match);
    const found = matches[place];
    return found && compare(found, match) === 0 ? before + place + 1 : 0;
  }

  private seek(from: LogMatch | null, isHidden: (entry: number) => boolean, step: 1 | -1): LogMatch | null {
    const entries = this.found.length;
    if (this.count === 0) return null;
    const start = from?.entry ?? (step === 1 ? 0 : entries - 1);
    for (let turn = 0; turn <= entries; turn++) {
      const index = (((start + turn * step) % entries) + entries) % entries;
      if (isHidden(index)) continue;
      const matches = this.found[index]?.matches ?? none;
      // In the entry where it begins: first only what lies beyond the place, and in the end what lies before it.
      const beyond = turn === 0 && from ? from : null;
      const hit =
        step === 1
          ? matches[beyond ? countUpTo(matches, beyond) : 0]
          : matches[(beyond ? countBefore(matches, beyond) : matches.length) - 1];
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
    const found: Found = { epoch, isCut: valid && known.isCut, title, settled: body?.settledCount ?? 0, matches: [] };
    if (valid) found.matches = known.matches.slice(0, countBefore(known.matches, { entry: index, line: settled, start: 0 }));
    else this.lookIn(title, { entry: index, line: -1 }, found);
    for (let line = settled; line < (body?.lineCount ?? 0); line++) this.lookIn(body?.line(line).text ?? '', { entry: index, line }, found);
    this.count += found.matches.length - (known?.matches.length ?? 0);
    this.cutEntries += Number(found.isCut) - Number(known?.isCut ?? false);
    this.found[index] = found;
  }

  private lookIn(text: string, place: { entry: number; line: number }, found: Found): void {
    const hay = lowerCase(text);
    let left = mostInLine;
    for (let start = hay.indexOf(this.needle); start !== -1; start = hay.indexOf(this.needle, start + this.needle.length)) {
      if (left-- === 0) {
        found.isCut = true;
        return;
      }
      found.matches.push({ ...place, start });
    }
  }
}

const none: readonly LogMatch[] = [];

/** How many matches stand before a place; they are in order. */
function countBefore(matches: readonly LogMatch[], place: LogMatch): number {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const match = matches[middle];
    if (match && compare(match, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many stand before it or at it. */
function countUpTo(matches: readonly LogMatch[], place: LogMatch): number {
  return countBefore(matches, { ...place, start: place.start + 1 });
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
