import { ArrowDownIcon } from 'lucide-react';
import { forwardRef, useCallback, useImperativeHandle, useRef, useState } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { Button } from '~/components/ui/button.tsx';
import type { LogReader } from './log-reader.ts';
import { RowView, type RowContext } from './row-view.tsx';
import { topRowOf, useAnchor, useEnd, useFollowing, useReaderScroll, useRoom } from './use-scrolling.ts';

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
  /** True while more may come: then there is something to follow. */
  isLive: boolean;
}

/** The rows of a log, only those in view. Follows the end until the reader scrolls away from it. */
export const LogList = forwardRef<LogListHandle, LogListProps>(function LogList({ reader, context, isLive }, ref) {
  const list = useRef<VirtuosoHandle>(null);
  const scroller = useRef<HTMLElement | null>(null);
  const [startRow] = useState(() => rowOfSelection(reader));
  const { following, followsNow, follow } = useFollowing(startRow === null);
  const rowCount = reader.layout.rowCount;
  const anchor = useAnchor(reader, scroller, following, (row) => list.current?.scrollToIndex({ index: row, align: 'start' }));
  const room = useRef<HTMLDivElement>(null);
  const hasRoom = useRoom(room);
  useEnd(scroller, { following, followsNow }, hasRoom);
  const watchReader = useReaderScroll(follow);
  const takeScroller = useCallback(
    (element: HTMLElement | Window | null) => {
      scroller.current = element instanceof HTMLElement ? element : null;
      watchReader(scroller.current);
    },
    [watchReader],
  );

  useImperativeHandle(ref, () => ({
    showRow(row) {
      follow(false);
      list.current?.scrollToIndex({ index: row, align: 'center' });
    },
    topRow: () => topRowOf(scroller.current),
    keepPlace(change) {
      anchor.keep();
      change();
    },
    follow: () => follow(true),
  }));

  return (
    <div className="relative min-h-0 flex-1">
      <div ref={room} className="absolute inset-0">
        {hasRoom && (
          <Virtuoso
            ref={list}
            scrollerRef={takeScroller}
            className="h-full"
            role="region"
            aria-label="Log lines"
            tabIndex={0}
            context={context}
            totalCount={rowCount}
            defaultItemHeight={24}
            increaseViewportBy={240}
            initialTopMostItemIndex={startRow === null ? { index: 'LAST', align: 'end' } : { index: startRow, align: 'center' }}
            onScroll={anchor.note}
            rangeChanged={anchor.note}
            itemContent={drawRow}
          />
        )}
      </div>
      {!following && (
        <Button size="sm" variant="secondary" className="absolute right-4 bottom-3 border shadow-md" onClick={() => follow(true)}>
          <ArrowDownIcon aria-hidden />
          {isLive ? 'Follow the newest' : 'To the end'}
        </Button>
      )}
    </div>
  );
});

function drawRow(index: number, _data: unknown, context: RowContext) {
  return <RowView index={index} context={context} />;
}

/** Where a list begins that is opened by a link to a line. */
function rowOfSelection({ selection, layout }: LogReader): number | null {
  return selection && layout.rowOf({ ...selection, part: 0 });
}
