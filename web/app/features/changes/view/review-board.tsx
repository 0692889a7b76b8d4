import { type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Sheet, SheetContent, SheetDescription, SheetTitle } from '~/components/ui/sheet.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { downloadPatch } from '~/features/requests/download-patch.ts';
import { browserApi } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { standingOf, type Person } from '../decision/standing.ts';
import type { Diff, RequestDetail } from '../types.ts';
import { BoardContext } from './board.ts';
import { DecideDialog } from './decide-dialog.tsx';
import { DecisionBar, type Intent } from './decision-bar.tsx';
import { DiffList } from './diff-list.tsx';
import { FileTree } from './file-tree.tsx';
import { type Loaded, useLoaded } from './loaded.ts';
import { NewerNotice, Notices } from './notices.tsx';
import { RemarksPanel } from './remarks-panel.tsx';
import type { Shown } from './shown.ts';
import { loadDiff, sourceKey, type Source } from './source.ts';
import { Toolbar } from './toolbar.tsx';
import { useMedia } from './use-media.ts';
import { useLayout } from './use-layout.ts';
import { useNavigation } from './use-navigation.ts';
import { useReview } from './use-review.ts';

/** Where the page has one side at a time, the switch between them sticks to the top; in pixels. */
const sideSwitchHeight = 45;

export interface ReviewBoardProps {
  detail: RequestDetail;
  person: Person;
  shown: Shown;
  source: Source;
  onShow: (choice: { run: string; against: string | null }) => void;
}

/** One diff with everything to review it: files, lines, remarks, and the decision about its commit. */
export function ReviewBoard({ detail, person, shown, source, onShow }: ReviewBoardProps) {
  const key = sourceKey(source);
  const diff = useLoaded(`diff ${key}`, (signal) => loadDiff(source, signal));
  const people = useLoaded('people', () => attempt(() => browserApi().GET('/api/people')));
  const { layout, setLayout } = useLayout();
  const value = diff.state === 'ready' ? diff.value : null;
  const isRoomy = useMedia('(min-width: 64rem)');
  const review = useReview(detail, source, value, useDeferredValue(layout));
  const { board, files, viewedCount, written } = review;
  const [intent, setIntent] = useState<Exclude<Intent, 'amend'> | null>(null);
  const [panel, setPanel] = useState<'files' | 'remarks' | null>(null);
  const known = people.state === 'ready' ? people.value.items : null;
  const standing = useMemo(() => standingOf(detail, person, known, source.commit), [detail, person, known, source.commit]);

  const { current, setCurrent, go, list } = useNavigation(review, () => setPanel(null));

  function decide(chosen: Intent): void {
    if (chosen === 'amend') setPanel('remarks');
    else setIntent(chosen);
  }

  const subjectRun = shown.choices.find(({ checkpoint }) => checkpoint.commit === standing.subject);
  const bar = (
    <DecisionBar
      standing={standing}
      draftCount={written.length}
      onIntent={decide}
      onShowSubject={subjectRun ? () => onShow({ run: subjectRun.runId, against: null }) : null}
    />
  );
  const tree = <FileTree files={files} isViewed={(file) => board.viewed?.has(file) ?? false} current={current} onChoose={go} />;
  return (
    <BoardContext.Provider value={board}>
      <div className="@container flex min-w-0 flex-1 flex-col lg:min-h-0">
        <h2 className="sr-only">Changes</h2>
        <Toolbar
          shown={shown}
          stat={value?.stat ?? null}
          viewedCount={viewedCount}
          layout={layout}
          onLayout={setLayout}
          onShow={onShow}
          onFiles={() => setPanel('files')}
          onDownload={() => void downloadPatch(source.runId, detail.title)}
          draftCount={written.length}
          onRemarks={board.sides === 'none' ? null : () => setPanel('remarks')}
        />
        <NewerNotice shown={shown} onShow={onShow} />
        {!isRoomy && bar}
        <div className="flex min-h-0 flex-1">
          {files.length > 0 && <aside className="hidden w-60 shrink-0 border-r p-2 lg:@3xl:block @6xl:w-72">{tree}</aside>}
          {diff.state !== 'ready' && <NotReady diff={diff} />}
          {diff.state === 'ready' && (
            <DiffList
              ref={list}
              files={files}
              scrollsPage={!isRoomy}
              coveredTop={sideSwitchHeight}
              onCurrent={setCurrent}
              lead={<Notices shown={shown} count={files.length} />}
            />
          )}
        </div>
        {isRoomy && bar}
      </div>
      <FilesSheet isOpen={panel === 'files'} onOpenChange={(open) => setPanel(open ? 'files' : null)} tree={tree} />
      <RemarksPanel
        isOpen={panel === 'remarks'}
        onOpenChange={(open) => setPanel(open ? 'remarks' : null)}
        requestId={detail.requestId}
        drafts={written}
        shownCommit={source.commit}
        standing={standing}
        change={board.remarks?.change ?? (() => {})}
        onGo={({ path, side, endLine }) => go(path, { side, line: endLine })}
      />
      {intent && <DecideDialog requestId={detail.requestId} intent={intent} standing={standing} onClose={() => setIntent(null)} />}
    </BoardContext.Provider>
  );
}

/** The tree, where there is no room for it beside the lines. */
function FilesSheet({ isOpen, onOpenChange, tree }: { isOpen: boolean; onOpenChange: (open: boolean) => void; tree: ReactNode }) {
  return (
    <Sheet open={isOpen} onOpenChange={onOpenChange}>
      <SheetContent side="left" className="pt-3">
        <SheetTitle>Changed files</SheetTitle>
        <SheetDescription className="sr-only">Choose a file to read its changes.</SheetDescription>
        <div className="min-h-0 flex-1">{tree}</div>
      </SheetContent>
    </Sheet>
  );
}

function NotReady({ diff }: { diff: Exclude<Loaded<Diff>, { state: 'ready' }> }) {
  if (diff.state === 'loading') {
    return (
      <div role="status" className="flex-1 space-y-3 p-3">
        <span className="sr-only">Loading the changes</span>
        <Skeleton className="h-9 w-full" />
        <Skeleton className="h-48 w-full" />
        <Skeleton className="h-9 w-full" />
      </div>
    );
  }
  return (
    <ErrorPanel
      className="m-3 h-fit flex-1"
      problem={diff.problem}
      actions={
        <Button size="sm" variant="outline" onClick={diff.retry}>
          Try again
        </Button>
      }
    />
  );
}
