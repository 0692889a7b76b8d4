import { Link } from '@remix-run/react';
import { Markdown } from '~/components/markdown.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { DiffStat } from './diff-stat.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { checksSummary, type InboxItem, reviewSummary } from './inbox.ts';
import { VoteForm } from './vote-form.tsx';

/** One open gate: what the change is, how its checks and review went, and the vote. */
export function InboxCard({ item: { request, gate, vote } }: { item: InboxItem }) {
  const tab = gate.subject.kind === 'plan' ? 'plan' : 'changes';
  const path = `/requests/${request.requestId}/${tab}`;
  const checks = checksSummary(gate.checks);
  const review = request.review && reviewSummary(request.review);
  return (
    <li className="flex flex-col gap-2.5 px-4 py-3.5 has-[[data-inbox-link]:focus-visible]:bg-accent/60">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Link to={path} data-inbox-link className="min-h-6 min-w-0 leading-6 font-medium break-words hover:underline">
          {request.title}
        </Link>
        <p className="text-xs text-muted-foreground">
          {request.project.name} · {request.requester.name} · <span className="sr-only">waiting since </span>
          <TimeAgo atMs={gate.openedAtMs} />
        </p>
      </div>
      {request.summary !== '' && <Markdown text={request.summary} className="line-clamp-3 max-w-prose text-muted-foreground" />}
      <div className="flex flex-wrap items-center gap-2">
        {gate.subject.kind === 'plan' ? <Badge variant="outline">Plan</Badge> : request.stat && <DiffStat stat={request.stat} />}
        {gate.subject.kind === 'commit' && <Badge variant={checks.variant}>{checks.text}</Badge>}
        {review && <Badge variant={review.variant}>{review.text}</Badge>}
        {vote.required > 1 && (
          <Badge variant="secondary">
            {vote.given} of {vote.required} approvals
          </Badge>
        )}
      </div>
      <VoteForm requestId={request.requestId} subjectId={gate.subject.id} vote={vote} lookPath={path} action="/approvals" />
    </li>
  );
}
