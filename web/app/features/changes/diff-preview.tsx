import { Link } from '@remix-run/react';
import { useMemo, useRef, useState } from 'react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { requestPath } from '~/features/requests/links.ts';
import { plural } from '~/lib/format.ts';
import { filesInOrder, treeOf } from './files/tree.ts';
import { BoardContext, type Board } from './view/board.ts';
import { Counts } from './view/counts.tsx';
import { FileSection } from './view/file-section.tsx';
import { useLoaded } from './view/loaded.ts';
import { loadDiff, sourceKey, type Source } from './view/source.ts';

/** Files that are listed; the rest is one press away, in the tab Changes. */
const fileCap = 20;
/** Up to so many files are shown open from the start. */
const openCap = 2;

export interface DiffPreviewProps {
  requestId: string;
  /** The run whose checkpoint is shown. */
  runId: string;
  commit: string;
  /** Another run's checkpoint that it is compared with; left out for the base branch. */
  against?: NonNullable<Source['against']>;
}

/**
 * A short look at a diff: the first files, folded where there are many, without remarks and marks. For a board of merge requests and
 * the like; in a browser only, and best loaded lazily.
 */
export function DiffPreview({ requestId, runId, commit, against }: DiffPreviewProps) {
  const againstRun = against?.runId;
  const againstCommit = against?.commit;
  const source = useMemo(
    (): Source => ({ runId, commit, against: againstRun && againstCommit ? { runId: againstRun, commit: againstCommit } : null }),
    [runId, commit, againstRun, againstCommit],
  );
  const diff = useLoaded(`diff ${sourceKey(source)}`, (signal) => loadDiff(source, signal));
  const files = useMemo(() => (diff.state === 'ready' ? filesInOrder(treeOf(diff.value.files)) : []), [diff]);
  const board = usePreviewBoard(source, files.length > openCap);

  if (diff.state === 'failed') {
    const retry = (
      <Button size="sm" variant="outline" onClick={diff.retry}>
        Try again
      </Button>
    );
    return <ErrorPanel problem={diff.problem} actions={retry} />;
  }
  if (diff.state === 'loading') {
    return (
      <div role="status" className="space-y-2">
        <span className="sr-only">Loading the changes</span>
        <Skeleton className="h-9 w-full" />
        <Skeleton className="h-9 w-full" />
      </div>
    );
  }
  const { stat } = diff.value;
  return (
    <BoardContext.Provider value={board}>
      <p className="mb-2 flex flex-wrap items-center gap-2 text-sm text-muted-foreground">
        {plural(stat.files, 'file')}
        <Counts insertions={stat.insertions} deletions={stat.deletions} />
        <Link to={changesPath(requestId, source)} className="text-primary underline underline-offset-2">
          Open in Changes
        </Link>
      </p>
      {files.slice(0, fileCap).map((file) => (
        <FileSection key={file.path} file={file} />
      ))}
      {files.length > fileCap && <p className="text-sm text-muted-foreground">{plural(files.length - fileCap, 'more file')} in Changes.</p>}
      {files.length === 0 && <p className="text-sm text-muted-foreground">This commit holds the same files as its base.</p>}
    </BoardContext.Provider>
  );
}

function usePreviewBoard(source: Source, isFolded: boolean): Board {
  const [folded, setFolded] = useState<Board['folded']>({});
  const kept = useRef(new Map<string, unknown>());
  return useMemo(
    () => ({
      source,
      layout: 'unified',
      sides: 'none',
      remarks: null,
      viewed: null,
      startsFolded: isFolded,
      folded,
      setFolded: (path, fold) => setFolded((before) => ({ ...before, [path]: fold })),
      jump: null,
      setJump: () => {},
      arrived: () => {},
      kept: kept.current,
    }),
    [source, isFolded, folded],
  );
}

/** The tab Changes with what is previewed here. */
function changesPath(requestId: string, { runId, against }: Source): string {
  const query = new URLSearchParams({ run: runId, ...(against ? { against: against.runId } : {}) });
  return `${requestPath(requestId, 'changes')}?${query.toString()}`;
}
