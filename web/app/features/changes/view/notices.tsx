import { shortCommit } from '~/lib/format.ts';
import { FileDiffIcon, InfoIcon, TriangleAlertIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { EmptyState } from '~/components/empty-state.tsx';
import { Button } from '~/components/ui/button.tsx';
import { visibleText } from '../highlight/visible.ts';
import type { Shown } from './shown.ts';

type Show = (choice: { run: string; against: string | null }) => void;

/** Tells of a newer commit while an older one is read; it stays in sight. */
export function NewerNotice({ shown: { run, newer }, onShow }: { shown: Shown; onShow: Show }) {
  if (!newer) return null;
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b bg-info/8 px-3 py-2 text-sm">
      <InfoIcon className="size-4 shrink-0 text-info" aria-hidden />
      <span className="min-w-0 flex-1 basis-60">
        Run {newer.ordinal} made a newer commit, {shortCommit(newer.checkpoint.commit)}.
      </span>
      <span className="flex flex-wrap gap-2">
        <Button size="sm" variant="outline" onClick={() => onShow({ run: newer.runId, against: run.runId })}>
          Show what changed since
        </Button>
        <Button size="sm" onClick={() => onShow({ run: newer.runId, against: null })}>
          Show the newest
        </Button>
      </span>
    </div>
  );
}

/** What has to be known before the lines are read: what they are compared with, what the checkpoint left out, that nothing changed. */
export function Notices({ shown: { run, against }, count }: { shown: Shown; count: number }) {
  const { warnings, commit } = run.checkpoint;
  return (
    <div className="space-y-2 not-empty:pb-3">
      {against && (
        <Notice icon={<InfoIcon className="size-4 text-info" aria-hidden />}>
          <span>
            Only what changed from run {against.ordinal} ({shortCommit(against.checkpoint.commit)}) to run {run.ordinal} (
            {shortCommit(commit)}). Remarks can be made on the new side.
          </span>
        </Notice>
      )}
      {warnings.length > 0 && (
        <Notice icon={<TriangleAlertIcon className="size-4 text-warning" aria-hidden />}>
          <div className="min-w-0">
            <p>Not everything is in this commit:</p>
            <ul className="list-disc pl-4 wrap-anywhere text-muted-foreground">
              {warnings.map((warning) => (
                <li key={warning}>{visibleText(warning)}</li>
              ))}
            </ul>
          </div>
        </Notice>
      )}
      {count === 0 && (
        <EmptyState icon={FileDiffIcon} title="Nothing changed">
          {against ? 'Both commits hold the same files.' : 'This commit holds the same files as its base.'}
        </EmptyState>
      )}
    </div>
  );
}

function Notice({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className="flex gap-2.5 rounded-lg border bg-card px-3 py-2 text-sm">
      <span className="mt-0.5 shrink-0">{icon}</span>
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-2">{children}</div>
    </div>
  );
}
