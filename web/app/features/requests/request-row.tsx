import { Link } from '@remix-run/react';
import { GitMergeIcon, GitPullRequestIcon } from 'lucide-react';
import { memo, type MouseEvent } from 'react';
import { Elapsed } from '~/components/elapsed.tsx';
import { StageBadge } from '~/components/stage-badge.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Checkbox } from '~/components/ui/checkbox.tsx';
import { cn } from '~/lib/cn.ts';
import { plural } from '~/lib/format.ts';
import { describeStage } from '~/lib/stages.ts';
import { requestPath } from './links.ts';
import type { RequestSummary } from './stages.ts';

export interface RequestRowProps {
  request: RequestSummary;
  isChosen: boolean;
  /** The keyboard stands here. */
  isAt: boolean;
  /** `extend`: with Shift, all between. */
  onToggle: (requestId: string, extend: boolean) => void;
}

/** One request of the list. */
export const RequestRow = memo(function RequestRow({ request, isChosen, isAt, onToggle }: RequestRowProps) {
  const { requestId, title, stage, awaiting } = request;
  return (
    <div
      data-request={requestId}
      className={cn(
        'group flex items-start gap-3 border-b px-3 py-2.5 sm:items-center',
        isChosen ? 'bg-primary/5' : 'hover:bg-muted/60',
        isAt && 'shadow-[inset_2px_0_0_0_var(--primary)]',
      )}
    >
      <Checkbox
        aria-label={`Choose “${title}”`}
        checked={isChosen}
        onClick={(event: MouseEvent<HTMLInputElement>) => onToggle(requestId, event.shiftKey)}
        className="mt-0.5 sm:mt-0"
      />
      <div className="min-w-0 flex-1 sm:flex sm:items-center sm:gap-3">
        <div className="min-w-0 flex-1">
          <Link to={requestPath(requestId)} prefetch="intent" className="block truncate rounded-sm py-0.5 font-medium hover:underline">
            {title}
          </Link>
          <p className="mt-0.5 flex flex-wrap items-center gap-x-2.5 gap-y-0.5 text-xs text-muted-foreground">
            <span className="max-w-48 truncate">{request.project.name}</span>
            <span className="max-w-40 truncate">{request.requester.name}</span>
            <TimeAgo atMs={request.createdAtMs} />
            <Stat stat={request.stat} />
            <MergeRequestMark mergeRequest={request.mergeRequest} />
          </p>
        </div>
        <div className="flex shrink-0 items-center gap-3 max-sm:mt-1.5 sm:flex-row-reverse">
          <StageBadge stage={stage} awaiting={awaiting?.kind ?? null} />
          {describeStage(stage).tone === 'working' && awaiting === null && (
            <Elapsed sinceMs={request.stageSinceMs} className="text-xs text-muted-foreground" />
          )}
        </div>
      </div>
    </div>
  );
});

function Stat({ stat }: Pick<RequestSummary, 'stat'>) {
  if (!stat) return null;
  return (
    <span className="tabular-nums">
      {plural(stat.files, 'file')} <span className="text-success">+{stat.insertions}</span>{' '}
      <span className="text-destructive">−{stat.deletions}</span>
    </span>
  );
}

function MergeRequestMark({ mergeRequest }: Pick<RequestSummary, 'mergeRequest'>) {
  if (!mergeRequest) return null;
  const Icon = mergeRequest.state === 'merged' ? GitMergeIcon : GitPullRequestIcon;
  return (
    <span className="inline-flex items-center gap-1">
      <Icon className="size-3.5" aria-hidden />!{mergeRequest.number}
      <span className={mergeRequest.state === 'open' ? 'sr-only' : ''}> {mergeRequest.state}</span>
    </span>
  );
}
