import { memo, useEffect, useRef } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { isImage } from '../files/file-words.ts';
import { foldReason } from '../files/folding.ts';
import type { DiffFile } from '../types.ts';
import { useBoard } from './board.ts';
import { FileHeader } from './file-header.tsx';
import { FileLines } from './file-lines.tsx';
import { ImageDiff } from './image-diff.tsx';

/** One changed file: its header, and its lines where they are not folded. */
export const FileSection = memo(function FileSection({ file }: { file: DiffFile }) {
  const { viewed, startsFolded, folded, setFolded, jump, setJump, arrived } = useBoard();
  const toggle = useRef<HTMLButtonElement>(null);
  const reason = foldReason(file);
  const byHand = folded[file.path];
  const isViewed = viewed?.has(file) ?? false;
  const isFolded = byHand ?? (startsFolded || isViewed);
  const isHeldBack = reason !== null && byHand === undefined;
  const isTarget = jump?.path === file.path;

  useEffect(() => {
    if (!isTarget || jump.stop !== null) return;
    toggle.current?.focus({ preventScroll: true });
    arrived();
  }, [isTarget, jump, arrived]);
  // A line can only be gone to where it is shown.
  useEffect(() => {
    if (!isTarget || jump.stop === null) return;
    if (isFolded || isHeldBack) setFolded(file.path, false);
    // A picture has no lines: its file is as near as one gets.
    else if (isImage(file)) setJump({ path: file.path, stop: null });
  }, [isTarget, jump, isFolded, isHeldBack, setFolded, setJump, file]);

  return (
    <section aria-label={file.path} data-path={file.path} className="mb-3 rounded-lg border bg-card">
      <FileHeader file={file} isFolded={isFolded || isHeldBack} onFold={(fold) => setFolded(file.path, fold)} toggle={toggle} />
      {!isFolded && isHeldBack && (
        <div className="flex flex-wrap items-center gap-3 px-3 py-3 text-sm text-muted-foreground">
          <span>{reason} Its lines are folded.</span>
          <Button size="sm" variant="outline" onClick={() => setFolded(file.path, false)}>
            Show them
          </Button>
        </div>
      )}
      {!isFolded && !isHeldBack && (isImage(file) ? <ImageDiff file={file} /> : <FileLines file={file} />)}
    </section>
  );
});
