import { useCallback, useMemo, useRef, useState } from 'react';
import { filesInOrder, treeOf } from '../files/tree.ts';
import { isViewed, markViewed, readMarks } from '../files/viewed.ts';
import { readDrafts, writtenDrafts, type Draft } from '../remarks/drafts.ts';
import { sentRemarks } from '../remarks/sent.ts';
import type { Stop } from '../remarks/selection.ts';
import type { Diff, DiffFile, RequestDetail } from '../types.ts';
import type { Board, Jump, Layout } from './board.ts';
import type { Source } from './source.ts';
import { useStored } from './stored.ts';

const noFiles: readonly DiffFile[] = [];

export interface Review {
  board: Board;
  /** In the order of the tree. */
  files: readonly DiffFile[];
  viewedCount: number;
  /** Drafts with words, in the order of the files. */
  written: readonly Draft[];
  /** Goes to a file, or to a line of it; the caller scrolls. */
  setJump: (jump: { path: string; stop: Stop | null }) => void;
}

/** The state of a review of one diff: marks and drafts that the browser keeps, what is folded, where to go. */
export function useReview(detail: RequestDetail, source: Source, diff: Diff | null, layout: Layout): Review {
  const { requestId, messages, runs } = detail;
  const [drafts, changeDrafts] = useStored(`astraforge:remarks:${requestId}`, readDrafts);
  const [marks, changeMarks] = useStored(`astraforge:viewed:${requestId}`, readMarks);
  const [folded, setFoldedPaths] = useState<Board['folded']>({});
  const [jump, setJump] = useState<Jump | null>(null);
  const kept = useRef(new Map<string, unknown>());

  const files = useMemo(() => (diff ? filesInOrder(treeOf(diff.files)) : noFiles), [diff]);
  const paths = useMemo(() => files.map(({ path }) => path), [files]);
  const written = useMemo(() => writtenDrafts(drafts, paths), [drafts, paths]);
  const sent = useMemo(() => sentRemarks(messages, runs), [messages, runs]);
  const viewedCount = files.filter((file) => isViewed(marks, file, source.commit)).length;

  const setFolded = useCallback((path: string, fold: boolean) => setFoldedPaths((before) => ({ ...before, [path]: fold })), []);
  const arrived = useCallback(() => setJump(null), []);
  const hrefOfRun = useCallback((runId: string) => `/requests/${requestId}/changes?run=${encodeURIComponent(runId)}`, [requestId]);
  const viewed = useMemo(
    () => ({
      has: (file: DiffFile) => isViewed(marks, file, source.commit),
      set(file: DiffFile, isMarked: boolean) {
        changeMarks((before) => markViewed(before, file, source.commit, isMarked));
        // A mark folds the file and its removal shows it, whatever was done by hand before.
        setFoldedPaths((before) => Object.fromEntries(Object.entries(before).filter(([path]) => path !== file.path)));
      },
    }),
    [marks, changeMarks, source.commit],
  );

  const board = useMemo(
    (): Board => ({
      source,
      layout,
      sides: isOver(detail.stage) ? 'none' : source.against ? 'new' : 'both',
      remarks: { drafts, change: changeDrafts, sent, hrefOfRun },
      viewed,
      startsFolded: false,
      folded,
      setFolded,
      jump,
      setJump,
      arrived,
      kept: kept.current,
    }),
    [source, layout, detail.stage, drafts, changeDrafts, sent, hrefOfRun, viewed, folded, setFolded, jump, arrived],
  );
  return { board, files, viewedCount, written, setJump };
}

function isOver(stage: RequestDetail['stage']): boolean {
  return stage === 'DONE' || stage === 'CANCELLED' || stage === 'FAILED';
}
