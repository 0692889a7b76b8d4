import { forwardRef, useImperativeHandle, useRef, type ReactNode } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import type { DiffFile } from '../types.ts';
import { FileSection } from './file-section.tsx';

export interface DiffListHandle {
  /** Scrolls to a file. */
  go: (index: number) => void;
}

export interface DiffListProps {
  files: readonly DiffFile[];
  /** Stands above the first file. */
  lead: ReactNode;
  onCurrent: (path: string) => void;
}

/** Space below the top edge in which a file counts as the one that is read, in pixels. */
const readingEdge = 48;

/** All changed files under each other; only those near the view are drawn, and load their lines. */
export const DiffList = forwardRef<DiffListHandle, DiffListProps>(function DiffList({ files, lead, onCurrent }, ref) {
  const list = useRef<VirtuosoHandle>(null);
  const scroller = useRef<HTMLElement | null>(null);
  const frame = useRef(0);
  useImperativeHandle(ref, () => ({ go: (index) => list.current?.scrollToIndex({ index, align: 'start' }) }));

  function findCurrent(): void {
    const top = scroller.current?.getBoundingClientRect().top ?? 0;
    const sections = scroller.current?.querySelectorAll<HTMLElement>('section[data-path]') ?? [];
    const current = [...sections].find((section) => section.getBoundingClientRect().bottom > top + readingEdge);
    if (current?.dataset['path'] !== undefined) onCurrent(current.dataset['path']);
  }

  return (
    <Virtuoso
      ref={list}
      scrollerRef={(element) => {
        scroller.current = element instanceof HTMLElement ? element : null;
      }}
      tabIndex={-1}
      className="min-h-0 flex-1"
      data={files}
      computeItemKey={(_, file) => file.path}
      defaultItemHeight={240}
      increaseViewportBy={{ top: 400, bottom: 1_000 }}
      context={{ lead }}
      components={components}
      onScroll={() => {
        cancelAnimationFrame(frame.current);
        frame.current = requestAnimationFrame(findCurrent);
      }}
      itemContent={(_, file) => (
        <div className="px-3">
          <FileSection file={file} />
        </div>
      )}
    />
  );
});

const components = {
  Header: ({ context }: { context?: { lead: ReactNode } }) => <div className="px-3 pt-3">{context?.lead}</div>,
};
