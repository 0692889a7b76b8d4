import { lazy, Suspense } from 'react';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { Sheet, SheetContent, SheetDescription, SheetHeader, SheetTitle } from '~/components/ui/sheet.tsx';
import type { Schemas } from '~/lib/api.ts';
import { shortCommit } from '~/lib/format.ts';
import { branchName } from './board.ts';

const DiffPreview = lazy(async () => ({ default: (await import('~/features/changes/diff-preview.tsx')).DiffPreview }));

/** The diff of a merge request beside the board; open while there is one to show. */
export function PreviewSheet({ mergeRequest, onClose }: { mergeRequest: Schemas['MergeRequest'] | null; onClose: () => void }) {
  return (
    <Sheet open={mergeRequest !== null} onOpenChange={(open) => !open && onClose()}>
      {mergeRequest && (
        <SheetContent className="w-[min(48rem,100vw)]">
          <SheetHeader>
            <SheetTitle className="break-words">{mergeRequest.title}</SheetTitle>
            <SheetDescription className="break-words">
              !{mergeRequest.number} · {branchName(mergeRequest.ref.branch)} · commit {shortCommit(mergeRequest.ref.commit)}
            </SheetDescription>
          </SheetHeader>
          {mergeRequest.runId !== null && (
            <Suspense fallback={<Skeleton className="h-40" />}>
              <DiffPreview requestId={mergeRequest.requestId} runId={mergeRequest.runId} commit={mergeRequest.ref.commit} />
            </Suspense>
          )}
        </SheetContent>
      )}
    </Sheet>
  );
}
