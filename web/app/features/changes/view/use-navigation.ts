import { useLocation } from '@remix-run/react';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useShortcut } from '~/lib/shortcuts.ts';
import { placeOf } from '../files/place.ts';
import type { Stop } from '../remarks/selection.ts';
import type { DiffListHandle } from './diff-list.tsx';
import type { Review } from './use-review.ts';

export interface Navigation {
  /** Path of the file that is read now. */
  current: string | null;
  setCurrent: (path: string) => void;
  /** Goes to a file, or to a line of it. */
  go: (path: string, stop?: Stop | null) => void;
  list: RefObject<DiffListHandle>;
}

/** Going from file to file: by choice, and by the keys j, k and v. `onGo` makes way for what is gone to. */
export function useNavigation({ files, board, setJump }: Review, onGo: () => void): Navigation {
  const [current, setCurrent] = useState<string | null>(null);
  const list = useRef<DiffListHandle>(null);
  const at = files.findIndex(({ path }) => path === current);

  useEffect(() => setCurrent((before) => before ?? files[0]?.path ?? null), [files]);

  function go(path: string, stop: Stop | null = null): void {
    const index = files.findIndex((file) => file.path === path);
    if (index === -1) return;
    onGo();
    setCurrent(path);
    setJump({ path, stop });
    list.current?.go(index);
  }

  const { key, search } = useLocation();
  const gone = useRef<string | null>(null);
  useEffect(() => {
    if (files.length === 0 || gone.current === key) return;
    gone.current = key;
    const place = placeOf(new URLSearchParams(search));
    if (place) go(place.path, place.stop);
  }, [files, key, search]);

  function step(by: number): void {
    const next = files[Math.min(files.length - 1, Math.max(0, at + by))];
    if (next) go(next.path);
  }

  const group = { group: 'Changes' };
  useShortcut('j', 'Next file', () => step(1), group);
  useShortcut('k', 'Previous file', () => step(-1), group);
  useShortcut(
    'v',
    'Mark the file as viewed, or not',
    () => {
      const file = files[at];
      if (file) board.viewed?.set(file, !board.viewed.has(file));
    },
    group,
  );
  return { current, setCurrent, go, list };
}
