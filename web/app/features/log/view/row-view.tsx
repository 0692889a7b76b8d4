import { cutLine, partOf, partsOf, partStart } from '../model/cut.ts';
import { opensByItself, type LogEntry } from '../model/entry.ts';
import type { RowPlace } from '../model/row-layout.ts';
import type { LinePlace } from './line-link.ts';
import { isProse } from './entry-look.ts';
import { EntryRow, LineRow, LongTextRow, type RowLook } from './log-row.tsx';
import type { LogReader } from './log-reader.ts';
import { marksIn, type Marks } from './segments.ts';

/** What the rows of a list share. */
export interface RowContext extends RowLook {
  reader: LogReader;
  /** Another one whenever the log or its view changed: then the list draws its rows anew. */
  revision: number;
  onLink: (place: LinePlace) => void;
  onToggle: (entry: number, open: boolean) => void;
  onShowAll: (entry: number, line: number) => void;
  onDownload: (entry: number, line: number) => void;
}

/** One row of the list, by its index. */
export function RowView({ index, context }: { index: number; context: RowContext }) {
  const place = context.reader.layout.placeOf(index);
  const entry = place ? context.reader.entries[place.entry] : undefined;
  // A list that has not heard of a shorter log yet; it needs a height all the same.
  if (!place || !entry) return <div className="h-6" />;
  if (place.line < 0) return <TitleView place={place} entry={entry} context={context} />;
  if (place.line >= (entry.body?.lineCount ?? 0))
    return <LongTextRow longTexts={entry.longTexts} wrap={context.wrap} times={context.times} />;
  return <LineView place={place} entry={entry} context={context} />;
}

interface ViewProps {
  place: RowPlace;
  entry: LogEntry;
  context: RowContext;
}

function TitleView({ place, entry, context }: ViewProps) {
  const { reader, wrap, times, onLink, onToggle } = context;
  const isOpen = reader.layout.isOpen(place.entry);
  return (
    <EntryRow
      index={place.entry}
      entry={entry}
      version={entry.version}
      canOpen={entry.longTexts.length > 0 || (entry.body?.lineCount ?? 0) > 0}
      isOpen={isOpen}
      isSelected={isSelected(reader, place)}
      preview={isOpen ? null : previewOf(entry)}
      marks={marksOf(reader, place)}
      wrap={wrap}
      times={times}
      onToggle={onToggle}
      onLink={onLink}
    />
  );
}

function LineView({ place, entry, context }: ViewProps) {
  const { reader, wrap, times, onLink, onShowAll, onDownload } = context;
  const line = entry.body?.line(place.line) ?? { text: '', spans: [] };
  const marks = marksOf(reader, place);
  const whole = partsOf(line.text.length) > 1 && reader.layout.isWhole(place.entry, place.line);
  const shown = whole
    ? { line: partOf(line, place.part), start: partStart(place.part), before: 0, after: 0 }
    : cutLine(line, marks?.current ?? null);
  return (
    <LineRow
      line={shown.line}
      place={place.part === 0 ? { seq: entry.seq, line: place.line + 1 } : null}
      isSelected={isSelected(reader, place)}
      marks={marksIn(marks, shown.start, shown.line.text.length)}
      before={shown.before}
      after={shown.after}
      wrap={wrap}
      times={times}
      isProse={isProse(entry.kind)}
      entry={place.entry}
      index={place.line}
      onShowAll={onShowAll}
      onDownload={onDownload}
      onLink={onLink}
    />
  );
}

function isSelected({ selection }: LogReader, { entry, line }: RowPlace): boolean {
  return selection !== null && selection.entry === entry && selection.line === line;
}

function marksOf({ search, currentMatch }: LogReader, { entry, line }: RowPlace): Marks | null {
  const matches = search?.inLine(entry, line) ?? [];
  if (!search || matches.length === 0) return null;
  const isHere = currentMatch !== null && currentMatch.entry === entry && currentMatch.line === line;
  return { starts: matches.map(({ start }) => start), length: search.length, current: isHere ? currentMatch.start : null };
}

/** What a folded entry shows of its text: of one that goes on or tells by its end the last line, of thoughts the first. */
function previewOf(entry: LogEntry): string | null {
  const { body, kind, tone } = entry;
  if (!body || body.lineCount === 0) return null;
  const fromEnd = tone === 'running' || kind === 'setup';
  if (!fromEnd && kind !== 'reasoning' && !opensByItself(entry)) return null;
  const lines = Math.min(body.lineCount, 20);
  for (let turn = 0; turn < lines; turn++) {
    const { text } = body.line(fromEnd ? body.lineCount - 1 - turn : turn);
    if (text.trim() !== '') return text.slice(0, 400).trim().slice(0, 160);
  }
  return null;
}
