import { ScrollTextIcon } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { EmptyState } from '~/components/empty-state.tsx';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { saveText } from '~/lib/save-file.ts';
import type { LogSource } from '../feed/browser-feed.ts';
import type { LinePlace } from './line-link.ts';
import { FeedBanner, FeedNews } from './feed-banner.tsx';
import { LogList, type LogListHandle } from './log-list.tsx';
import type { LogReader } from './log-reader.ts';
import { LogToolbar } from './log-toolbar.tsx';
import type { RowContext } from './row-view.tsx';
import { useLineLink } from './use-line-link.ts';
import { useLogActions, useSearchQuery } from './use-log-actions.ts';
import { useLogReader, useReaderRevision } from './use-log-reader.ts';
import { useLogSettings, type LogSettings } from './use-log-settings.ts';
import { useLogShortcuts } from './use-log-shortcuts.ts';

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
  const { query, changeQuery } = useSearchQuery(reader, list, showRow);
  const actions = useLogActions({ reader, list, showRow, changeSettings, changeQuery, fileName });
  useLogShortcuts({ reader, list, search, actions, showRow, copy, settings });
  const { state, model } = reader.feed;

  if (state.phase === 'failed') return <Refused words={state.problem} />;
  if (state.phase === 'loading') return state.problem === null ? <LogSkeleton /> : <FeedBanner state={state} />;
  return (
    <>
      <LogToolbar
        actions={actions}
        settings={settings}
        query={query}
        matches={reader.matchWords}
        errors={model.badCount}
        hidden={reader.hidden}
        isWhole={state.phase === 'complete'}
        searchRef={search}
      />
      <FeedBanner state={state} />
      <FeedNews />
      {reader.entries.length === 0 ? (
        <EmptyState icon={ScrollTextIcon} title="No lines yet" className="m-4">
          {isClosed ? 'Nothing was written here.' : 'What the agent and AstraForge do appears here as it happens.'}
        </EmptyState>
      ) : isPending && state.phase === 'complete' ? (
        // A list that is opened at its line need not scroll there.
        <LogSkeleton />
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

function Refused({ words }: { words: string | null }) {
  return (
    <div className="p-4">
      <ErrorPanel problem={{ title: 'The log cannot be read', detail: words ?? 'Load the page anew.' }} />
    </div>
  );
}
