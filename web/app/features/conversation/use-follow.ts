import { type RefObject, useEffect, useRef, useState } from 'react';

export interface Follow {
  /** What scrolls, where there is room for two sides; else the window does. */
  area: RefObject<HTMLDivElement>;
  content: RefObject<HTMLDivElement>;
  /** Lies over the last bit of the content. */
  end: RefObject<HTMLDivElement>;
  isAtEnd: boolean;
  toEnd: () => void;
}

/** Keeps a scrolling area at its end while its content grows, as long as its reader is there; one who scrolled up is left in peace. */
export function useFollow(): Follow {
  const area = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const stays = useRef(true);

  useEffect(() => {
    const mark = end.current;
    const grown = content.current;
    if (!mark || !grown) return undefined;
    const sight = new IntersectionObserver(([entry]) => {
      stays.current = entry?.isIntersecting ?? true;
      setAtEnd(stays.current);
    });
    // Told of a new size before anybody is told what is in sight: so it is still known where the reader was.
    const size = new ResizeObserver(() => {
      if (stays.current) scrollDown(area.current);
    });
    sight.observe(mark);
    size.observe(grown);
    return () => {
      sight.disconnect();
      size.disconnect();
    };
  }, []);

  function toEnd(): void {
    scrollDown(area.current);
    end.current?.scrollIntoView({ block: 'nearest' });
  }

  return { area, content, end, isAtEnd, toEnd };
}

function scrollDown(area: HTMLElement | null): void {
  area?.scrollTo({ top: area.scrollHeight });
}
