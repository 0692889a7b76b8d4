import { createContext, useCallback, useContext, useState } from 'react';
import type { Draft } from '../remarks/drafts.ts';
import type { SentRemark } from '../remarks/sent.ts';
import type { Stop } from '../remarks/selection.ts';
import type { DiffFile } from '../types.ts';
import type { RemarkSides } from './lines.ts';
import type { Source } from './source.ts';

export type Layout = 'unified' | 'split';

/** Where the page is asked to go: to a file, or to a line of it. */
export interface Jump {
  path: string;
  stop: Stop | null;
}

/** What the sections of a diff share. */
export interface Board {
  source: Source;
  layout: Layout;
  sides: RemarkSides;
  /** Null where remarks are not kept: a preview. */
  remarks: {
    drafts: readonly Draft[];
    change: (change: (drafts: Draft[]) => Draft[]) => void;
    sent: readonly SentRemark[];
    /** Where the run that answered a remark is shown. */
    hrefOfRun: (runId: string) => string;
  } | null;
  /** Null where nobody marks anything as viewed. */
  viewed: { has: (file: DiffFile) => boolean; set: (file: DiffFile, viewed: boolean) => void } | null;
  /** Files are folded until somebody opens them. */
  startsFolded: boolean;
  /** What was folded or unfolded by hand, by path. */
  folded: Readonly<Record<string, boolean>>;
  setFolded: (path: string, folded: boolean) => void;
  jump: Jump | null;
  setJump: (jump: Jump) => void;
  arrived: () => void;
  /** State of sections that are out of sight, by section and name. */
  kept: Map<string, unknown>;
}

/** The board of the diff around a section. */
export const BoardContext = createContext<Board | null>(null);

/** The board; only inside a diff. */
export function useBoard(): Board {
  const board = useContext(BoardContext);
  if (!board) throw new Error('a section of a diff stands outside of one');
  return board;
}

/** State of a section that survives its scrolling out of sight. */
export function useKept<T>(key: string, initial: T): [T, (value: T) => void] {
  const { kept } = useBoard();
  const [value, setValue] = useState<T>(kept.has(key) ? (kept.get(key) as T) : initial);
  const change = useCallback(
    (next: T) => {
      kept.set(key, next);
      setValue(next);
    },
    [kept, key],
  );
  return [value, change];
}
