import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Within this of its end, a list counts as read to the end; in pixels. */
const nearPx = 48;

/**
 * Keeps a scrolling area at its end while it grows, as long as its reader is there; one who scrolled up is left in peace.
 * `version` changes whenever something was added.
 */
export function useFollow(version: number): { area: RefObject<HTMLDivElement>; isAtEnd: boolean; toEnd: () => void } {
  const area = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const stays = useRef(true);

  useEffect(() => {
    const element = area.current;
    if (!element) return undefined;
    const look = () => {
      stays.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
      setAtEnd(stays.current);
    };
    element.addEventListener('scroll', look, { passive: true });
    return () => element.removeEventListener('scroll', look);
  }, []);

  function toEnd(): void {
    area.current?.scrollTo({ top: area.current.scrollHeight });
  }

  useLayoutEffect(() => {
    if (stays.current) toEnd();
  }, [version]);

  return { area, isAtEnd, toEnd };
}
