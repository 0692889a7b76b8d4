import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { isOwnScroll } from './own-scroll.ts';
import type { LogReader } from './log-reader.ts';

/** Pixels from the end that still count as the end. */
const endPx = 24;

/** The first row in view of a virtual list, by its index; 0 without any. */
export function topRowOf(scroller: HTMLElement | null): number {
  const top = scroller?.getBoundingClientRect().top ?? 0;
  for (const row of scroller?.querySelectorAll<HTMLElement>('[data-item-index]') ?? []) {
    if (row.getBoundingClientRect().bottom > top + 1) return Number(row.dataset['itemIndex'] ?? 0);
  }
  return 0;
}

/**
 * Whether the end is followed. `followsNow` knows it before it is drawn: rows that come in between must not bring a reader back who has
 * just scrolled away.
 */
export function useFollowing(atFirst: boolean): { following: boolean; followsNow: RefObject<boolean>; follow: (follows: boolean) => void } {
  const [following, setFollowing] = useState(atFirst);
  const followsNow = useRef(atFirst);
  const follow = useCallback((follows: boolean) => {
    followsNow.current = follows;
    setFollowing(follows);
  }, []);
  return { following, followsNow, follow };
}

/** Stays at the end while it is followed, however the rows change their number or height. `isReady`: the list is drawn. */
export function useEnd(
  scroller: RefObject<HTMLElement>,
  { following, followsNow }: Pick<ReturnType<typeof useFollowing>, 'following' | 'followsNow'>,
  isReady: boolean,
): void {
  useEffect(() => {
    const element = scroller.current;
    const rows = element?.querySelector('[data-testid="virtuoso-item-list"]');
    if (!element || !rows || !following || !isReady) return;
    const toEnd = () => {
      if (element.clientHeight > 0 && followsNow.current) element.scrollTop = element.scrollHeight;
    };
    const observer = new ResizeObserver(toEnd);
    // The rows that are not drawn are its padding.
    observer.observe(rows, { box: 'border-box' });
    observer.observe(element);
    toEnd();
    return () => observer.disconnect();
  }, [scroller, following, followsNow, isReady]);
}

/**
 * True once the element has a height: a list that begins without one, on a side of the page that is not shown, cannot tell where
 * it is.
 */
export function useRoom(ref: RefObject<HTMLElement>): boolean {
  const [hasRoom, setHasRoom] = useState(false);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.height > 0) setHasRoom(true);
    });
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return hasRoom;
}

/** Remembers by event what stands at the top, so that it can be shown there again when rows moved. */
export function useAnchor(
  reader: LogReader,
  scroller: RefObject<HTMLElement>,
  following: boolean,
  showAtTop: (row: number) => void,
): { note: () => void; keep: () => void } {
  const seen = useRef<{ seq: number; line: number } | null>(null);
  const kept = useRef(false);
  const replaced = useRef(reader.replacedCount);

  const note = useCallback(() => {
    // Rows of a log that has been replaced since are no place in the one that took it.
    if (replaced.current !== reader.replacedCount) return;
    const place = reader.layout.placeOf(topRowOf(scroller.current));
    const entry = place ? reader.entries[place.entry] : undefined;
    seen.current = place && entry ? { seq: entry.seq, line: place.line } : null;
  }, [reader, scroller]);

  useEffect(() => {
    const moved = kept.current || replaced.current !== reader.replacedCount;
    kept.current = false;
    replaced.current = reader.replacedCount;
    if (!moved || following || !seen.current) return;
    const entry = reader.feed.model.indexOfSeq(seen.current.seq);
    if (entry !== null) showAtTop(reader.layout.rowOf({ entry, line: seen.current.line, part: 0 }));
  });

  return {
    note,
    keep() {
      note();
      kept.current = true;
    },
  };
}

/**
 * Follows the end or lets go of it by what the reader does, by wheel, finger, key or scroll bar; what the list does itself
 * changes nothing. Give the answer the element that scrolls.
 */
export function useReaderScroll(onFollow: (follows: boolean) => void): (element: HTMLElement | null) => void {
  const latest = useRef(onFollow);
  const leave = useRef<(() => void) | null>(null);
  useEffect(() => {
    latest.current = onFollow;
  });
  useEffect(() => () => leave.current?.(), []);

  return useCallback((element: HTMLElement | null) => {
    leave.current?.();
    leave.current = element ? watch(element, (atEnd) => latest.current(atEnd)) : null;
  }, []);
}

function watch(element: HTMLElement, onScroll: (atEnd: boolean) => void): () => void {
  const stop = new AbortController();
  const options = { passive: true, signal: stop.signal };
  let lastMs: number | null = null;
  let isHeld = false;
  const moved = () => (lastMs = performance.now());
  for (const type of ['wheel', 'touchmove', 'keydown'] as const) element.addEventListener(type, moved, options);
  element.addEventListener('pointerdown', () => (isHeld = true), options);
  window.addEventListener('pointerup', () => (isHeld = false), options);
  element.addEventListener(
    'scroll',
    () => {
      if (!isOwnScroll({ nowMs: performance.now(), lastMs, isHeld })) return;
      onScroll(element.scrollHeight - element.scrollTop - element.clientHeight <= endPx);
    },
    options,
  );
  return () => stop.abort();
}
