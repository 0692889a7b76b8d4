import { ArrowDownIcon } from 'lucide-react';
import { forwardRef, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { Button } from '~/components/ui/button.tsx';
import { followAfter } from './follow.ts';
import type { LogReader } from './log-reader.ts';
import { RowView, type RowContext } from './row-view.tsx';

/** What others do to the list. */
export interface LogListHandle {
  /** Brings a row into view, and stops following the end. */
  showRow(row: number): void;
  /** The first row in view. */
  topRow(): number;
  /** Does something that moves rows about, and keeps what is in view there. */
  keepPlace(change: () => void): void;
  follow(): void;
}

export interface LogListProps {
  reader: LogReader;
  context: RowContext;
  /** A number that is another one when the log or its view changed. */
  revision: number;
  /** True while more may come: then there is something to follow. */
  isLive: boolean;
}

/** Pixels from the end that still count as the end. */
const endPx = 24;
/** How long after a reader's own movement a scroll counts as theirs, ms: wheels and fingers go on by themselves. */
const ownScrollMs = 1_000;

/** The rows of a log, only those in view. Follows the end until the reader scrolls away from it. */
export const LogList = forwardRef<LogListHandle, LogListProps>(function LogList({ reader, context, revision, isLive }, ref) {
  const list = useRef<VirtuosoHandle>(null);
  const scroller = useRef<HTMLElement | null>(null);
  const top = useRef(0);
  const [following, setFollowing] = useState(true);
  const rowCount = reader.layout.rowCount;
  const toEnd = () => list.current?.scrollToIndex({ index: 'LAST', align: 'end' });
  const anchor = useAnchor(reader, list, top, following);
  const watchReader = useReaderScroll((atEnd) => setFollowing((now) => followAfter(now, { byReader: true, atEnd })));

  useLayoutEffect(() => {
    if (following) toEnd();
  }, [following, revision]);

  useImperativeHandle(ref, () => ({
    showRow(row) {
      setFollowing(false);
      list.current?.scrollToIndex({ index: row, align: 'center' });
    },
    topRow: () => top.current,
    keepPlace(change) {
      anchor.keep();
      change();
    },
    follow: () => setFollowing(true),
  }));

  return (
    <div className="relative min-h-0 flex-1">
      <Virtuoso
        ref={list}
        scrollerRef={(element) => {
          scroller.current = element instanceof HTMLElement ? element : null;
          watchReader(scroller.current);
        }}
        className="h-full"
        role="region"
        aria-label="Log lines"
        tabIndex={0}
        context={context}
        totalCount={rowCount}
        defaultItemHeight={24}
        increaseViewportBy={240}
        initialTopMostItemIndex={{ index: 'LAST', align: 'end' }}
        rangeChanged={({ startIndex }) => {
          top.current = startIndex;
          anchor.note();
        }}
        totalListHeightChanged={() => {
          if (following) toEnd();
        }}
        itemContent={(index, _data, rows) => <RowView index={index} context={rows} />}
      />
      {!following && (
        <Button size="sm" variant="secondary" className="absolute right-4 bottom-3 border shadow-md" onClick={() => setFollowing(true)}>
          <ArrowDownIcon aria-hidden />
          {isLive ? 'Follow the newest' : 'To the end'}
        </Button>
      )}
    </div>
  );
});

/** Remembers by event what stands at the top, so that it can be found again when rows moved. */
function useAnchor(
  reader: LogReader,
  list: React.RefObject<VirtuosoHandle>,
  top: React.RefObject<number>,
  following: boolean,
): { note: () => void; keep: () => void } {
  const seen = useRef<{ seq: number; line: number } | null>(null);
  const kept = useRef(false);
  const replaced = useRef(reader.replacedCount);

  function note(): void {
    const place = reader.layout.placeOf(top.current ?? 0);
    const entry = place ? reader.entries[place.entry] : undefined;
    seen.current = place && entry ? { seq: entry.seq, line: place.line } : null;
  }

  useEffect(() => {
    const moved = kept.current || replaced.current !== reader.replacedCount;
    kept.current = false;
    replaced.current = reader.replacedCount;
    if (!moved || following || !seen.current) return;
    const entry = reader.feed.model.indexOfSeq(seen.current.seq);
    if (entry !== null)
      list.current?.scrollToIndex({ index: reader.layout.rowOf({ entry, line: seen.current.line, part: 0 }), align: 'start' });
  });

  return {
    note,
    keep() {
      note();
      kept.current = true;
    },
  };
}

/** Tells of scrolls that the reader made, by wheel, finger, key or scroll bar; not of those that the list makes itself. */
function useReaderScroll(onScroll: (atEnd: boolean) => void): (element: HTMLElement | null) => void {
  const latest = useRef(onScroll);
  const leave = useRef<(() => void) | null>(null);
  useEffect(() => {
    latest.current = onScroll;
  });
  useEffect(() => () => leave.current?.(), []);

  return (element) => {
    leave.current?.();
    leave.current = element ? watch(element, (atEnd) => latest.current(atEnd)) : null;
  };
}

function watch(element: HTMLElement, onScroll: (atEnd: boolean) => void): () => void {
  const stop = new AbortController();
  const options = { passive: true, signal: stop.signal };
  let ownUntilMs = 0;
  let isHeld = false;
  const own = () => (ownUntilMs = performance.now() + ownScrollMs);
  for (const type of ['wheel', 'touchmove', 'keydown'] as const) element.addEventListener(type, own, options);
  element.addEventListener('pointerdown', () => (isHeld = true), options);
  window.addEventListener('pointerup', () => (isHeld = false), options);
  element.addEventListener(
    'scroll',
    () => {
      if (isHeld || performance.now() < ownUntilMs) onScroll(element.scrollHeight - element.scrollTop - element.clientHeight <= endPx);
    },
    options,
  );
  return () => stop.abort();
}
