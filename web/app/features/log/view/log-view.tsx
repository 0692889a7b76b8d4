import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { EmptyState } from '~/components/empty-state.tsx';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { LiveRegion } from '~/components/live-region.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { useConnection } from '~/lib/live/index.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import { ScrollTextIcon } from 'lucide-react';
import type { FeedState } from '../feed/log-feed.ts';
import type { LogSource } from '../feed/browser-feed.ts';
import { entryText } from '../model/log-text.ts';
import type { LinePlace } from './line-link.ts';
import { LogList, type LogListHandle } from './log-list.tsx';
import type { LogReader } from './log-reader.ts';
import { LogToolbar } from './log-toolbar.tsx';
import type { RowContext } from './row-view.tsx';
import { saveText } from '~/lib/save-file.ts';
import { useLineLink } from './use-line-link.ts';
import { useLogReader, useReaderRevision } from './use-log-reader.ts';
import { useLogSettings, type LogSettings } from './use-log-settings.ts';

export interface LogViewProps extends LogSource {
  /** Nothing is added to it any more. */
  isClosed: boolean;
  /** For a downloaded file, without its ending. */
  fileName: string;
}

/** A log with all that a reader does with it. Give it a `key` of its source: it is for one only. Only in a browser. */
export function LogView(props: LogViewProps) {
  const reader = useLogReader(props);
  if (!reader) return <LogSkeleton />;
  return <OpenLogView {...props} reader={reader} />;
}

/** What stands where a log is about to come. */
export function LogSkeleton() {
  return (
    <div className="flex flex-1 flex-col gap-3 p-4" aria-busy="true">
      <p className="sr-only">Loading the log</p>
      {['w-2/3', 'w-1/2', 'w-3/4', 'w-1/3', 'w-3/5'].map((width) => (
        <Skeleton key={width} className={`h-4 ${width}`} />
      ))}
    </div>
  );
}

function OpenLogView({ reader, isClosed, fileName }: LogViewProps & { reader: LogReader }) {
  const revision = useReaderRevision(reader);
  const list = useRef<LogListHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const [settings, changeSettings] = useLogSettings();
  const showRow = useCallback((row: number | null) => {
    if (row !== null) list.current?.showRow(row);
  }, []);
  const { copy, isPending } = useLineLink(reader, showRow);
  const context = useRowContext(reader, revision, settings, copy);
  const { query, changeQuery } = useSearchQuery(reader, showRow, list);
  const goToMatch = (direction: 'next' | 'previous') => showRow(reader.goToMatch(direction, list.current?.topRow() ?? 0));
  const nextError = () => showRow(reader.selectNextError());
  useLogShortcuts({ reader, list, search, showRow, nextError, copy, changeSettings, settings });
  const { state } = reader.feed;

  if (state.phase === 'failed') return <Refused state={state} />;
  if (state.phase === 'loading') return state.problem === null ? <LogSkeleton /> : <Banner words={`${state.problem} Trying again…`} />;
  return (
    <>
      <LogToolbar
        reader={reader}
        settings={settings}
        onSettings={changeSettings}
        query={query}
        onQuery={changeQuery}
        searchRef={search}
        onMatch={goToMatch}
        onNextError={nextError}
        onOpenAll={(open) => list.current?.keepPlace(() => reader.openAll(open ? 'all' : 'none'))}
        onHide={(groups) => list.current?.keepPlace(() => reader.hide(groups))}
        onDownload={() => download(reader, fileName)}
      />
      <State state={state} />
      {isPending && state.phase === 'complete' ? (
        // A list that is opened at its line need not scroll there.
        <LogSkeleton />
      ) : reader.entries.length === 0 ? (
        <EmptyState icon={ScrollTextIcon} title="No lines yet" className="m-4">
          {isClosed ? 'Nothing was written here.' : 'What the agent and AstraForge do appears here as it happens.'}
        </EmptyState>
      ) : (
        <LogList ref={list} reader={reader} context={context} isLive={!isClosed} />
      )}
    </>
  );
}

function useRowContext(reader: LogReader, revision: number, { wrap, times }: LogSettings, copy: RowContext['onLink']): RowContext {
  const latestCopy = useRef(copy);
  useEffect(() => {
    latestCopy.current = copy;
  });
  // The same functions for life, so that a row is drawn anew only when it is another one.
  const actions = useMemo(
    () => ({
      onLink: (place: LinePlace) => latestCopy.current(place),
      onToggle: (entry: number, open: boolean) => reader.setOpen(entry, open),
      onShowAll: (entry: number, line: number) => reader.showWhole(entry, line),
      onDownload: (entry: number, line: number) => {
        const found = reader.entries[entry];
        saveText([found?.body?.line(line).text ?? '', '\n'], `line-${found?.seq ?? 0}-${line + 1}.txt`);
      },
    }),
    [reader],
  );
  return useMemo(() => ({ reader, revision, wrap, times, ...actions }), [reader, revision, wrap, times, actions]);
}

/** Waits this long for the next key before a log is searched, ms. */
const typingMs = 150;

function useSearchQuery(reader: LogReader, showRow: (row: number | null) => void, list: React.RefObject<LogListHandle>) {
  const [query, setQuery] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);

  function changeQuery(next: string): void {
    setQuery(next);
    clearTimeout(timer.current);
    const from = list.current?.topRow() ?? 0;
    timer.current = setTimeout(
      () => {
        void reader.find(next).then(() => {
          if (reader.search?.query === next) showRow(reader.goToMatch('next', from));
        });
      },
      next === '' ? 0 : typingMs,
    );
  }

  return { query, changeQuery };
}

interface ShortcutParts {
  reader: LogReader;
  list: React.RefObject<LogListHandle>;
  search: React.RefObject<HTMLInputElement>;
  showRow: (row: number | null) => void;
  nextError: () => void;
  copy: RowContext['onLink'];
  settings: { wrap: boolean; times: boolean };
  changeSettings: (change: { wrap?: boolean; times?: boolean }) => void;
}

function useLogShortcuts({ reader, list, search, showRow, nextError, copy, settings, changeSettings }: ShortcutParts): void {
  const group = { group: 'Log' };
  useShortcut('/', 'Search the log', () => search.current?.focus(), group);
  useShortcut('e', 'Go to the next error', nextError, group);
  useShortcut('j', 'Go to the next entry', () => showRow(reader.selectNeighbour(1, topEntry(reader, list))), group);
  useShortcut('k', 'Go to the entry before', () => showRow(reader.selectNeighbour(-1, topEntry(reader, list))), group);
  useShortcut(
    'o',
    'Open or close the selected entry',
    () => {
      const { selection } = reader;
      if (selection) reader.setOpen(selection.entry, !reader.layout.isOpen(selection.entry));
    },
    group,
  );
  useShortcut(
    'y',
    'Copy a link to the selected line',
    () => {
      const { selection } = reader;
      const entry = selection ? reader.entries[selection.entry] : undefined;
      if (selection && entry) copy({ seq: entry.seq, line: selection.line < 0 ? null : selection.line + 1 });
    },
    group,
  );
  useShortcut('f', 'Follow the newest line', () => list.current?.follow(), group);
  useShortcut('w', 'Wrap lines or not', () => changeSettings({ wrap: !settings.wrap }), group);
  useShortcut('t', 'Timestamps or not', () => changeSettings({ times: !settings.times }), group);
}

function topEntry(reader: LogReader, list: React.RefObject<LogListHandle>): number {
  return reader.layout.placeOf(list.current?.topRow() ?? 0)?.entry ?? 0;
}

function download(reader: LogReader, fileName: string): void {
  const artifactUrl = (id: string) => new URL(`/api/attachments/${id}`, window.location.href).href;
  saveText(
    reader.entries.map((entry) => entryText(entry, artifactUrl)),
    `${fileName}.log`,
  );
}

/** What a reader should know about how the log gets here. */
function State({ state }: { state: FeedState }) {
  const connection = useConnection();
  const lost = connection !== 'connected';
  const words = connectionWords(connection, state);
  return (
    <>
      {words !== null && <Banner words={words} isWarning={lost || state.problem !== null} />}
      <LiveRegion message={lost ? 'The connection is lost. The log goes on by itself when it is back.' : 'The log is live.'} />
    </>
  );
}

function connectionWords(connection: ReturnType<typeof useConnection>, { phase, loaded, total, problem }: FeedState): string | null {
  if (connection === 'signed-out') return 'Your session has ended: sign in again to see what is new.';
  if (connection === 'reconnecting') return 'The connection is lost; trying again. No line gets lost.';
  if (problem !== null) return `${problem} The earlier lines are tried again.`;
  if (phase === 'earlier') return `Reading the earlier lines: ${loaded.toLocaleString('en')} of ${total.toLocaleString('en')} events.`;
  return null;
}

function Banner({ words, isWarning = false }: { words: string; isWarning?: boolean }) {
  return (
    <p className={`border-b px-4 py-1.5 text-xs ${isWarning ? 'bg-warning/10 text-warning' : 'bg-muted text-muted-foreground'}`}>{words}</p>
  );
}

function Refused({ state }: { state: FeedState }) {
  return (
    <div className="p-4">
      <ErrorPanel problem={{ title: 'The log cannot be read', detail: state.problem ?? 'Load the page anew.' }} />
    </div>
  );
}
