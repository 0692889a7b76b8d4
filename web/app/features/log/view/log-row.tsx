import { ChevronRightIcon, DownloadIcon } from 'lucide-react';
import { memo, type MouseEvent, type ReactNode } from 'react';
import { Elapsed } from '~/components/elapsed.tsx';
import { cn } from '~/lib/cn.ts';
import { formatBytes, formatDuration, formatInstant } from '~/lib/format.ts';
import type { LogEntry, LogTone, LongText } from '../model/entry.ts';
import { plainLine, type Line } from '../terminal/line.ts';
import { clockOf } from './clock.ts';
import { isTyped, kindLooks, toneClasses } from './entry-look.ts';
import { lineHash, type LinePlace } from './line-link.ts';
import { LineText } from './line-text.tsx';
import type { Marks } from './segments.ts';

/** What all rows share. */
export interface RowLook {
  wrap: boolean;
  times: boolean;
}

export interface EntryRowProps extends RowLook {
  index: number;
  entry: LogEntry;
  /** Of the entry, which is one object for life: a row is drawn again when it grows. */
  version: number;
  canOpen: boolean;
  isOpen: boolean;
  isSelected: boolean;
  /** The first or last line of its text, while it is folded. */
  preview: string | null;
  marks: Marks | null;
  onToggle: (entry: number, open: boolean) => void;
  onLink: (place: LinePlace) => void;
}

/** The title of an entry; a button when there is something below it. */
export const EntryRow = memo(function EntryRow(props: EntryRowProps) {
  const { index, entry, canOpen, isOpen, isSelected, wrap, times, onToggle, onLink } = props;
  return (
    <Frame isSelected={isSelected} wrap={wrap} isTitle>
      <PlaceLink place={{ seq: entry.seq, line: null }} onLink={onLink} />
      {times && (
        <time
          dateTime={new Date(entry.atMs).toISOString()}
          title={formatInstant(entry.atMs)}
          className="w-16 shrink-0 text-xs leading-7 text-muted-foreground tabular-nums"
        >
          {clockOf(entry.atMs)}
        </time>
      )}
      {canOpen ? (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => onToggle(index, !isOpen)}
          className="flex min-h-7 min-w-0 flex-1 items-start gap-2 rounded-sm text-left -outline-offset-2 hover:bg-accent"
        >
          <Title {...props} />
        </button>
      ) : (
        <span className="flex min-h-7 min-w-0 flex-1 items-start gap-2">
          <Title {...props} />
        </span>
      )}
    </Frame>
  );
});

function Title({ entry, canOpen, isOpen, wrap, preview, marks }: EntryRowProps) {
  const { icon: Icon, name } = kindLooks[entry.kind];
  return (
    <>
      <ChevronRightIcon
        aria-hidden
        className={cn('mt-1.5 size-4 shrink-0 text-muted-foreground transition-transform', isOpen && 'rotate-90', !canOpen && 'invisible')}
      />
      <Icon className={cn('mt-1.5 size-4 shrink-0', toneClasses[entry.tone])} aria-hidden />
      <span className="sr-only">{name}: </span>
      <span className={cn('min-w-0 flex-1 py-1 leading-5', wrap ? 'wrap-anywhere' : 'truncate')}>
        <span
          className={cn(
            isTyped(entry.kind) && 'font-mono text-xs',
            entry.tone === 'bad' && !isTyped(entry.kind) && 'text-destructive',
            isQuiet(entry) ? 'text-muted-foreground' : 'font-medium',
          )}
        >
          <LineText line={plainLine(entry.title)} marks={marks} />
        </span>
        {preview !== null && <span className="ml-2 font-mono text-xs text-muted-foreground">{preview}</span>}
      </span>
      <Ending entry={entry} />
    </>
  );
}

/** Entries that are there for completeness: lighter than what a reader came for. */
function isQuiet({ kind, tone }: LogEntry): boolean {
  return tone === 'neutral' && (kind === 'detail' || kind === 'git' || kind === 'setup' || kind === 'reasoning');
}

function Ending({ entry: { tone, result, durationMs, atMs } }: { entry: LogEntry }) {
  const isRunning = tone === 'running';
  if (!isRunning && result === null && durationMs === null) return null;
  return (
    <span className="flex shrink-0 items-center gap-2 pr-2 text-xs leading-7 text-muted-foreground tabular-nums">
      {result !== null && <span className={cn('font-medium', toneClasses[tone])}>{result}</span>}
      {durationMs !== null && durationMs > 0 && <span>{formatDuration(durationMs)}</span>}
      {isRunning && <Running sinceMs={atMs} tone={tone} />}
    </span>
  );
}

function Running({ sinceMs, tone }: { sinceMs: number; tone: LogTone }) {
  return (
    <span className={cn('flex items-center gap-1.5', toneClasses[tone])}>
      <span className="size-1.5 animate-pulse rounded-full bg-current" aria-hidden />
      <span className="sr-only">running for</span>
      <Elapsed sinceMs={sinceMs} />
    </span>
  );
}

export interface LineRowProps extends RowLook {
  line: Line;
  /** The place's link; null for further rows of a long line. */
  place: LinePlace | null;
  isSelected: boolean;
  marks: Marks | null;
  /** Words of somebody rather than output. */
  isProse: boolean;
  /** Characters that are not shown in front and behind; zero for a whole line. */
  before: number;
  after: number;
  /** Where the line stands in the log: what its buttons are told. */
  entry: number;
  index: number;
  onShowAll: (entry: number, line: number) => void;
  onDownload: (entry: number, line: number) => void;
  onLink: (place: LinePlace) => void;
}

/** One line of an entry's text, or the part of a long one that is shown. */
export const LineRow = memo(function LineRow(props: LineRowProps) {
  const { line, place, isSelected, marks, before, after, wrap, times, isProse, entry, index, onLink, onShowAll, onDownload } = props;
  return (
    <Frame isSelected={isSelected} wrap={wrap}>
      {place ? <PlaceLink place={place} onLink={onLink} /> : <span className="w-12 shrink-0" />}
      {times && <span className="w-16 shrink-0 max-sm:hidden" />}
      <span
        className={cn(
          'ml-2 min-w-0 flex-1 self-stretch border-l py-0.5 pl-4 leading-5 [tab-size:4]',
          isProse ? 'text-[0.8125rem]' : 'font-mono text-xs',
          wrap ? 'wrap-anywhere whitespace-pre-wrap' : 'whitespace-pre',
        )}
      >
        {before > 0 && <Hidden characters={before} />}
        <LineText line={line} marks={marks} />
        {after > 0 && <Hidden characters={after} />}
        {before + after > 0 && (
          <span className="ml-2 inline-flex gap-2 font-sans">
            <SmallButton onClick={() => onShowAll(entry, index)}>Show all</SmallButton>
            <SmallButton onClick={() => onDownload(entry, index)}>Download this line</SmallButton>
          </span>
        )}
      </span>
    </Frame>
  );
});

function Hidden({ characters }: { characters: number }) {
  return <span className="text-muted-foreground"> … {characters.toLocaleString('en')} more characters … </span>;
}

function SmallButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" onClick={onClick} className="min-h-6 text-xs text-primary underline underline-offset-2">
      {children}
    </button>
  );
}

/** Below a text that was too long for the log: where the whole is. */
export function LongTextRow({ longTexts, wrap, times }: RowLook & { longTexts: readonly LongText[] }) {
  return (
    <Frame isSelected={false} wrap={wrap}>
      <span className="w-12 shrink-0" />
      {times && <span className="w-16 shrink-0 max-sm:hidden" />}
      <span className="ml-2 flex min-w-0 flex-1 flex-wrap gap-x-3 border-l pl-4 text-xs leading-6 text-muted-foreground">
        Shortened here.
        {longTexts.map(({ artifactId, sizeBytes }, index) =>
          artifactId === null ? (
            <span key={index}>A part of {formatBytes(sizeBytes)} was too large to be kept.</span>
          ) : (
            <a
              key={artifactId}
              href={`/api/attachments/${artifactId}`}
              download
              className="inline-flex min-h-6 items-center gap-1 text-primary underline underline-offset-2"
            >
              <DownloadIcon className="size-3" aria-hidden />
              The whole ({formatBytes(sizeBytes)})
            </a>
          ),
        )}
      </span>
    </Frame>
  );
}

function Frame({
  isSelected,
  isTitle = false,
  wrap,
  children,
}: {
  isSelected: boolean;
  isTitle?: boolean;
  wrap: boolean;
  children: ReactNode;
}) {
  return (
    <div
      data-slot="log-row"
      aria-current={isSelected ? 'true' : undefined}
      className={cn(
        'flex items-start gap-1 pr-1',
        isTitle ? 'min-h-7' : 'min-h-6',
        wrap ? '' : 'w-max min-w-full',
        isSelected && 'bg-primary/10 shadow-[inset_2px_0_0_var(--primary)]',
      )}
    >
      {children}
    </div>
  );
}

/** The number in the margin: a link to its line, which clicking copies. Reached by keyboard through the selected line instead. */
function PlaceLink({ place, onLink }: { place: LinePlace; onLink: (place: LinePlace) => void }) {
  function copy(event: MouseEvent): void {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onLink(place);
  }
  return (
    <a
      href={lineHash(place)}
      onClick={copy}
      tabIndex={-1}
      title="Copy a link to this line"
      aria-label={`Link to ${place.line === null ? `entry ${place.seq}` : `line ${place.line}`}`}
      className={cn(
        'w-12 shrink-0 rounded-sm pr-1.5 text-right font-mono text-[0.6875rem] text-muted-foreground tabular-nums hover:text-foreground hover:underline',
        place.line === null ? 'leading-7' : 'leading-6',
      )}
    >
      {place.line ?? place.seq}
    </a>
  );
}
