import { forwardRef, useEffect, useImperativeHandle, useRef, type ReactNode } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import type { DiffFile } from '../types.ts';
import { useBoard } from './board.ts';
import { FileSection } from './file-section.tsx';

export interface DiffListHandle {
  /** Scrolls to a file, and stays with it while the lines around it are loading. */
  go: (index: number) => void;
}

export interface DiffListProps {
  files: readonly DiffFile[];
  /** Stands above the first file. */
  lead: ReactNode;
  /** The whole page scrolls, as on a phone, and `coveredTop` pixels of it lie under what sticks there; else the list does. */
  scrollsPage: boolean;
  coveredTop: number;
  onCurrent: (path: string) => void;
}

/** Space below the top edge in which a file counts as the one that is read, in pixels. */
const readingEdge = 48;
/** What a person does to go elsewhere. */
const leaving = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/** All changed files under each other; only those near the view are drawn, and load their lines. */
export const DiffList = forwardRef<DiffListHandle, DiffListProps>(function DiffList(
  { files, lead, scrollsPage, coveredTop, onCurrent },
  ref,
) {
  const list = useRef<VirtuosoHandle>(null);
  const root = useRef<HTMLDivElement>(null);
  const target = useRef<number | null>(null);
  const { jump } = useBoard();
  const isToLine = useRef(false);
  useImperativeHandle(ref, () => ({
    go(index) {
      target.current = index;
      align();
    },
  }));
  useEffect(() => {
    // At the line that was gone to: staying with the head of its file would lead away from it.
    if (jump === null && isToLine.current) target.current = null;
    isToLine.current = jump !== null && jump.stop !== null;
  }, [jump]);
  useReading(root, scrollsPage ? coveredTop : null, onCurrent);

  useEffect(() => {
    const leave = () => {
      target.current = null;
    };
    for (const name of leaving) window.addEventListener(name, leave, { capture: true, passive: true });
    return () => {
      for (const name of leaving) window.removeEventListener(name, leave, { capture: true });
    };
  }, []);

  function align(): void {
    if (target.current === null) return;
    list.current?.scrollToIndex({ index: target.current, align: 'start', offset: scrollsPage ? -coveredTop : 0 });
  }

  return (
    <div ref={root} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <Virtuoso
        key={scrollsPage ? 'page' : 'list'}
        ref={list}
        useWindowScroll={scrollsPage}
        tabIndex={-1}
        className="min-h-0 flex-1"
        data={files}
        computeItemKey={(_, file) => file.path}
        defaultItemHeight={240}
        increaseViewportBy={{ top: 400, bottom: 1_000 }}
        context={{ lead }}
        components={components}
        totalListHeightChanged={align}
        itemContent={(_, file) => (
          <div className="px-3">
            <FileSection file={file} />
          </div>
        )}
      />
    </div>
  );
});

const components = {
  Header: ({ context }: { context?: { lead: ReactNode } }) => <div className="px-3 pt-3">{context?.lead}</div>,
};

/** Tells which file is read: the first that reaches below the top edge. `coveredTop` is null where the list itself scrolls. */
function useReading(root: { current: HTMLDivElement | null }, coveredTop: number | null, onCurrent: (path: string) => void): void {
  useEffect(() => {
    let frame = 0;
    function find(): void {
      const top = coveredTop ?? root.current?.getBoundingClientRect().top ?? 0;
      const sections = root.current?.querySelectorAll<HTMLElement>('section[data-path]') ?? [];
      const current = [...sections].find((section) => section.getBoundingClientRect().bottom > top + readingEdge);
      if (current?.dataset['path'] !== undefined) onCurrent(current.dataset['path']);
    }
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(find);
    };
    // Scrolling does not bubble, so it is caught on its way down.
    window.addEventListener('scroll', onScroll, { capture: true, passive: true });
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', onScroll, { capture: true });
    };
  }, [root, coveredTop, onCurrent]);
}
