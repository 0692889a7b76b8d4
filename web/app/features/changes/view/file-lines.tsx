import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { hasGaps, noLinesWords } from '../files/file-words.ts';
import { blocksOf, expand, linesOfText, type Direction, type Expansion, type Gap } from '../patch/context.ts';
import { unifiedRows } from '../patch/rows.ts';
import { parsePatch, UnreadablePatch, type FilePatch } from '../patch/patch.ts';
import { reveal } from '../patch/reveal.ts';
import type { Selection } from '../remarks/selection.ts';
import type { DiffFile } from '../types.ts';
import { useBoard, useKept, type Layout } from './board.ts';
import { DiffTable } from './diff-table.tsx';
import { useLoaded } from './loaded.ts';
import { rowIndexOf } from './lines.ts';
import { RemarkStack } from './remark-stack.tsx';
import { loadPatch, loadText, sourceKey } from './source.ts';
import { useRemarks } from './use-remarks.ts';
import { useTokens } from './use-tokens.ts';
import type { LineRange } from './use-selection.ts';

/** The lines of a file, loaded when it comes near; what has no lines is said in words. */
export function FileLines({ file }: { file: DiffFile }) {
  const { source, jump, setJump } = useBoard();
  const hasLines = file.kind !== 'binary' && (file.insertions + file.deletions > 0 || file.kind === 'submodule');
  const key = hasLines ? `patch ${sourceKey(source)} ${file.path}` : null;
  const loaded = useLoaded(key, (signal) => loadPatch(source, file.path, signal));
  const patch = useMemo(() => (loaded.state === 'ready' ? read(loaded.value) : null), [loaded.state === 'ready' ? loaded.value : null]);

  const isLineless = !hasLines || loaded.state === 'failed' || patch instanceof UnreadablePatch || patch?.hunks.length === 0;
  useEffect(() => {
    if (isLineless && jump?.path === file.path && jump.stop !== null) setJump({ path: file.path, stop: null });
  }, [isLineless, jump, setJump, file.path]);

  if (!hasLines) return <Words>{noLinesWords(file)}</Words>;
  if (loaded.state === 'failed') return <Failed problem={loaded.problem} onRetry={loaded.retry} />;
  if (!patch) return <Pending lines={file.insertions + file.deletions} />;
  if (patch instanceof UnreadablePatch) return <Words>{patch.message}</Words>;
  if (patch.hunks.length === 0) return <Words>{noLinesWords(patch.isBinary ? { ...file, kind: 'binary' } : file)}</Words>;
  return <PatchLines file={file} patch={patch} />;
}

function read(text: string): FilePatch | UnreadablePatch {
  try {
    return parsePatch(text);
  } catch (error) {
    if (error instanceof UnreadablePatch) return error;
    throw error;
  }
}

function PatchLines({ file, patch }: { file: DiffFile; patch: FilePatch }) {
  const { source, sides, jump, arrived } = useBoard();
  const layout = useFileLayout(file);
  const root = useRef<HTMLDivElement>(null);
  const { text, expansion, setExpansion, onExpand, fileLines } = useExpansion(file);
  const blocks = useMemo(() => blocksOf(patch, { hasGaps: hasGaps(file), fileLines, expansion }), [patch, file, fileLines, expansion]);
  const tokens = useTokens(file.path, blocks);
  const remarks = useRemarks(file, blocks);

  const below = useMemo(() => {
    return new Map<string, ReactNode>([...remarks.placed].map(([key, items]) => [key, <RemarkStack key={key} items={items} />]));
  }, [remarks.placed]);
  const marked = useMemo(
    (): Selection[] => remarks.open.map(({ side, startLine, endLine }) => ({ side, anchor: startLine, head: endLine })),
    [remarks.open],
  );
  const { add } = remarks;
  const onRemark = useCallback((range: LineRange, excerpt: string) => add(range, excerpt), [add]);

  const target = jump?.path === file.path ? jump.stop : null;
  const isLoadingText = text.state === 'loading' && Object.keys(expansion).length > 0;
  useEffect(() => {
    // The table itself goes to a line that is among its rows.
    if (target === null || rowIndexOf(unifiedRows(blocks), target) !== -1) return;
    const wider = hasGaps(file) ? reveal(patch, { fileLines, expansion }, target) : null;
    if (wider) setExpansion(wider);
    if (wider || isLoadingText) return;
    // The line is not in this file, or its text cannot be read: the file is as near as one gets.
    root.current?.focus();
    arrived();
  }, [target, blocks, patch, file, fileLines, expansion, setExpansion, isLoadingText, arrived]);

  return (
    <div ref={root} tabIndex={-1} className="overflow-hidden rounded-b-lg outline-none">
      {remarks.unplaced.length > 0 && (
        <div className="border-b bg-muted/40 p-2 text-sm">
          <RemarkStack items={remarks.unplaced} />
        </div>
      )}
      {text.state === 'failed' && (
        <p className="border-b px-3 py-2 text-sm text-muted-foreground">
          The lines around cannot be shown: {text.problem.detail}{' '}
          <Button size="sm" variant="outline" onClick={text.retry}>
            Try again
          </Button>
        </p>
      )}
      <DiffTable
        path={file.path}
        layout={layout}
        blocks={blocks}
        tokens={tokens}
        sides={sides}
        below={below}
        marked={marked}
        onExpand={onExpand}
        isExpanding={isLoadingText}
        target={target}
        onArrived={arrived}
        onRemark={onRemark}
        key={`${sourceKey(source)} ${layout}`}
      />
    </div>
  );
}

/** A file that is new or gone has one side only; there is nothing to put beside it. */
function useFileLayout({ status }: DiffFile): Layout {
  const { layout } = useBoard();
  return status === 'added' || status === 'deleted' ? 'unified' : layout;
}

/** What is shown of the lines between the hunks; the file's text is read when the first of them is asked for. */
function useExpansion(file: DiffFile) {
  const { source } = useBoard();
  const [expansion, setExpansion] = useKept<Expansion>(`expansion ${sourceKey(source)} ${file.path}`, {});
  const isAsked = Object.keys(expansion).length > 0;
  const text = useLoaded(isAsked ? `text ${sourceKey(source)} ${file.path}` : null, (signal) => loadText(source, file.path, signal));
  const value = text.state === 'ready' ? text.value : null;
  const fileLines = useMemo(() => (value === null ? null : linesOfText(value)), [value]);
  const onExpand = useCallback(
    (gap: Gap, direction: Direction) => setExpansion(expand(expansion, gap, direction)),
    [expansion, setExpansion],
  );
  return { text, expansion, setExpansion, fileLines, onExpand };
}

function Words({ children }: { children: ReactNode }) {
  return <p className="px-3 py-4 text-sm text-muted-foreground">{children}</p>;
}

function Failed({ problem, onRetry }: { problem: { title: string; detail: string; code: string }; onRetry: () => void }) {
  return (
    <ErrorPanel
      className="m-3"
      problem={problem}
      actions={
        <Button size="sm" variant="outline" onClick={onRetry}>
          Try again
        </Button>
      }
    />
  );
}

/** About as high as the lines will be, so that the page does not jump. */
function Pending({ lines }: { lines: number }) {
  const [height] = useState(() => Math.min(lines + 6, 400) * 24);
  return (
    <div role="status" className="space-y-2 overflow-hidden p-3" style={{ height }}>
      <span className="sr-only">Loading the lines</span>
      <Skeleton className="h-4 w-2/3" />
      <Skeleton className="h-4 w-1/2" />
      <Skeleton className="h-4 w-3/5" />
    </div>
  );
}
