import type { FeedChange, LogFeed } from '../feed/log-feed.ts';
import type { LogEntry, LogGroup } from '../model/entry.ts';
import { nextError } from '../model/next-error.ts';
import { RowLayout, type OpenMode, type RowPlace } from '../model/row-layout.ts';
import { LogSearch, type LogMatch } from '../model/search.ts';

export interface LogReaderOptions {
  feed: LogFeed;
  /** Calls back once, soon: before the next paint in a browser. */
  schedule(flush: () => void): void;
  /** Waits, so that the browser can paint and answer its person. */
  pause(): Promise<void>;
  now(): number;
}

/** The reader's place in the log: an entry, and a line of its text. */
export type Selection = Pick<RowPlace, 'entry' | 'line'>;

/** Entries searched before the clock is looked at. */
const sliceSize = 100;
const sliceMs = 8;

/**
 * What a reader of a log sees and does: rows, what is open and hidden, the search, the selected line. Tells its listeners at
 * most once a frame; `revision` grows with every change.
 */
export class LogReader {
  readonly layout = new RowLayout();
  readonly feed: LogFeed;
  private readonly options: LogReaderOptions;
  private readonly listeners = new Set<() => void>();
  private readonly release: () => void;
  private revisions = 0;
  private scheduled = false;
  private hiddenGroups: ReadonlySet<LogGroup> = new Set();
  private currentSearch: LogSearch | null = null;
  private scanning = false;
  private match: LogMatch | null = null;
  private selected: Selection | null = null;
  private selectedSeq = 0;
  private replacements = 0;

  constructor(options: LogReaderOptions) {
    this.options = options;
    this.feed = options.feed;
    this.layout.rebuild(this.entries);
    this.release = this.feed.subscribe((change) => this.onFeed(change));
  }

  get entries(): readonly LogEntry[] {
    return this.feed.model.entries;
  }

  get revision(): number {
    return this.revisions;
  }

  get hidden(): ReadonlySet<LogGroup> {
    return this.hiddenGroups;
  }

  get search(): LogSearch | null {
    return this.currentSearch;
  }

  /** True while a search has not been through the whole log. */
  get isSearching(): boolean {
    return this.scanning;
  }

  get currentMatch(): LogMatch | null {
    return this.match;
  }

  /** Where the search is: "3 of 120", "120"; "+" when there are more than are counted, "…" while it goes on. */
  get matchWords(): string {
    const { currentSearch: search, match } = this;
    if (!search) return '';
    const total = `${search.total.toLocaleString('en')}${search.isCut ? '+' : ''}${this.scanning ? '…' : ''}`;
    return match ? `${search.ordinal(match).toLocaleString('en')} of ${total}` : total;
  }

  get selection(): Selection | null {
    return this.selected;
  }

  /** Grows when another log takes the place of the one that is shown: rows are elsewhere then. */
  get replacedCount(): number {
    return this.replacements;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  dispose(): void {
    this.release();
    this.listeners.clear();
    this.currentSearch = null;
  }

  setOpen(entry: number, open: boolean): void {
    this.layout.setOpen(entry, open);
    this.changed();
  }

  openAll(mode: OpenMode): void {
    this.layout.openAll(mode);
    this.changed();
  }

  hide(groups: ReadonlySet<LogGroup>): void {
    this.hiddenGroups = groups;
    this.layout.hide(groups);
    this.changed();
  }

  showWhole(entry: number, line: number): void {
    this.layout.showWhole(entry, line);
    this.changed();
  }

  /** Selects a place, opens what hides it, and answers its row; null for a place that is in no row. */
  select(place: Selection): number | null {
    const entry = this.entries[place.entry];
    if (!entry || this.layout.isHidden(place.entry)) return null;
    if (place.line >= 0 && !this.layout.isOpen(place.entry)) this.layout.setOpen(place.entry, true);
    this.selected = place;
    this.selectedSeq = entry.seq;
    this.changed();
    return this.layout.rowOf({ ...place, part: 0 });
  }

  /** The row of the next failure behind the selected line, which becomes the selected one; null without any. */
  selectNextError(): number | null {
    const entry = nextError(this.entries, this.selected?.entry ?? null, (index) => this.layout.isHidden(index));
    return entry === null ? null : this.select({ entry, line: -1 });
  }

  /** The row of the entry that follows or precedes the selected one; null at the end. `from` is where a reader without a selection is. */
  selectNeighbour(step: 1 | -1, from: number): number | null {
    let entry = this.selected ? this.selected.entry + step : from;
    while (this.entries[entry] && this.layout.isHidden(entry)) entry += step;
    return this.entries[entry] ? this.select({ entry, line: -1 }) : null;
  }

  /** Searches the whole log in slices. An empty query ends the search. */
  async find(query: string): Promise<void> {
    const search = query === '' ? null : new LogSearch(query);
    this.currentSearch = search;
    this.match = null;
    this.scanning = search !== null;
    this.changed();
    if (!search) return;
    let startedMs = this.options.now();
    for (let at = 0; at < this.entries.length; at += sliceSize) {
      search.scan(this.entries, at, at + sliceSize);
      if (this.options.now() - startedMs < sliceMs) continue;
      this.changed();
      await this.options.pause();
      if (this.currentSearch !== search) return;
      startedMs = this.options.now();
    }
    this.scanning = false;
    this.changed();
  }

  /** The row of the next or previous match, which becomes the current one; null without any. */
  goToMatch(direction: 'next' | 'previous', from: number): number | null {
    const isHidden = (entry: number) => this.layout.isHidden(entry);
    const start = this.match ?? this.placeBefore(from, direction);
    this.match = this.currentSearch?.[direction](start, isHidden) ?? null;
    return this.match ? this.select(this.match) : null;
  }

  /** A place next to which a search begins: just before a row, or just behind it. */
  private placeBefore(row: number, direction: 'next' | 'previous'): LogMatch | null {
    const place = this.layout.placeOf(row);
    if (!place) return null;
    return { entry: place.entry, line: place.line, start: direction === 'next' ? -1 : Number.MAX_SAFE_INTEGER };
  }

  private onFeed(change: FeedChange): void {
    if (change.kind === 'entries') {
      this.layout.follow(this.entries, change.touched);
      this.currentSearch?.follow(this.entries, change.touched);
    }
    if (change.kind === 'replaced') this.takeReplacement();
    this.changed();
  }

  /** The same log, folded from its beginning: whatever pointed into the old one is found again by its event's number. */
  private takeReplacement(): void {
    this.layout.rebuild(this.entries);
    this.replacements++;
    if (this.selected) {
      const entry = this.feed.model.indexOfSeq(this.selectedSeq) ?? 0;
      // An entry that began before the newest page has other line numbers now.
      const line = this.entries[entry]?.seq === this.selectedSeq ? this.selected.line : -1;
      this.selected = { entry, line };
    }
    if (this.currentSearch) void this.find(this.currentSearch.query);
  }

  private changed(): void {
    this.revisions++;
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.schedule(() => {
      this.scheduled = false;
      for (const listener of this.listeners) listener();
    });
  }
}
