import { Link } from '@remix-run/react';
import { GitMergeIcon, RotateCcwIcon } from 'lucide-react';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { DiffStat } from '~/features/approvals/diff-stat.tsx';
import { checksSummary } from '~/features/approvals/inbox.ts';
import { QuestionForm } from '~/features/approvals/question-form.tsx';
import { useAct } from '~/features/approvals/use-act.ts';
import { VoteForm } from '~/features/approvals/vote-form.tsx';
import { voteView } from '~/features/approvals/vote.ts';
import type { Schemas } from '~/lib/api.ts';
import type { Voter } from '~/lib/gates.ts';
import { type Standing, waitingKind, waitingPath } from './waiting.ts';

type Summary = Schemas['RequestSummary'];

/** A request that waits for a person, with what they can do about it at once. `standing` is there for votes and merges. */
export function WaitingCard({ request, standing, viewer }: { request: Summary; standing: Standing | null; viewer: Voter }) {
  const { awaiting } = request;
  const kind = waitingKind(awaiting);
  if (awaiting === null || kind === null) return null;
  const path = waitingPath(request.requestId, awaiting.kind);
  return (
    <li className="flex flex-col gap-3 px-4 py-3.5">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Link to={path} className="min-h-6 min-w-0 leading-6 font-medium break-words hover:underline">
          {request.title}
        </Link>
        <Badge variant={kind.group === 'blocked' ? 'destructive' : 'warning'}>{kind.label}</Badge>
        <p className="text-xs text-muted-foreground">
          {request.project.name} · {request.requester.name} · <span className="sr-only">waiting since </span>
          <TimeAgo atMs={awaiting.sinceMs} />
        </p>
      </div>
      <WaitingBody request={request} awaiting={awaiting} standing={standing} viewer={viewer} path={path} />
    </li>
  );
}

interface BodyProps {
  request: Summary;
  awaiting: Schemas['Awaiting'];
  standing: Standing | null;
  viewer: Voter;
  path: string;
}

function WaitingBody({ request, awaiting, standing, viewer, path }: BodyProps) {
  const { requestId } = request;
  const gate = standing?.gate ?? null;
  const merge = standing?.mergeRequest ?? null;
  switch (waitingKind(awaiting)?.action) {
    case 'answer':
      return awaiting.questionId === null ? (
        <OpenButton path={path} text={awaiting.message} />
      ) : (
        <QuestionForm requestId={requestId} questionId={awaiting.questionId} questions={awaiting.questions} action="/?index" />
      );
    case 'vote':
      if (gate === null) return <OpenButton path={path} text={awaiting.message} />;
      return (
        <div className="flex flex-col gap-2.5">
          <ChangeFacts stat={request.stat} gate={gate} />
          <VoteForm
            requestId={requestId}
            subjectId={gate.subject.id}
            vote={voteView(gate, viewer, request.requester.id)}
            lookPath={path}
            action="/?index"
          />
        </div>
      );
    case 'retry':
      return <ActButton requestId={requestId} path={path} text={awaiting.message} intent="retry" />;
    case 'merge':
      if (merge === null || merge.forge !== 'local') return <OpenButton path={path} text={awaiting.message} />;
      return <ActButton requestId={requestId} path={path} text={awaiting.message} intent="merge" subjectId={merge.commit} />;
    case 'open':
    case undefined:
      return <OpenButton path={path} text={awaiting.message} />;
  }
}

/** How large the change is, and how its checks went. */
function ChangeFacts({ stat, gate }: { stat: Summary['stat']; gate: Schemas['Gate'] }) {
  if (gate.subject.kind === 'plan') return null;
  const checks = checksSummary(gate.checks);
  return (
    <p className="flex flex-wrap items-center gap-2">
      {stat && <DiffStat stat={stat} />}
      <Badge variant={checks.variant}>{checks.text}</Badge>
    </p>
  );
}

function OpenButton({ path, text }: { path: string; text: string }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <p className="min-w-48 flex-1 text-sm break-words text-muted-foreground">{text}</p>
      <Button asChild variant="outline">
        <Link to={path}>Open</Link>
      </Button>
    </div>
  );
}

interface ActButtonProps {
  requestId: string;
  path: string;
  text: string;
  intent: 'retry' | 'merge';
  subjectId?: string;
}

function ActButton({ requestId, path, text, intent, subjectId }: ActButtonProps) {
  const act = useAct(requestId);
  return (
    <act.Form method="post" action="/?index" className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <input type="hidden" name="requestId" value={requestId} />
      {subjectId !== undefined && <input type="hidden" name="subjectId" value={subjectId} />}
      <p className="min-w-48 flex-1 text-sm break-words text-muted-foreground">{text}</p>
      <div className="flex gap-2">
        <Button type="submit" name="intent" value={intent} disabled={act.busy}>
          {intent === 'merge' ? <GitMergeIcon aria-hidden /> : <RotateCcwIcon aria-hidden />}
          {intent === 'merge' ? 'Merge' : 'Run again'}
        </Button>
        <Button asChild variant="outline">
          <Link to={path}>Open</Link>
        </Button>
      </div>
    </act.Form>
  );
}
