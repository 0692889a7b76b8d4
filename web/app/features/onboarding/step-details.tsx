import { Link } from '@remix-run/react';
import { GitMergeIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Elapsed } from '~/components/elapsed.tsx';
import { StageBadge } from '~/components/stage-badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Spinner } from '~/components/ui/spinner.tsx';
import { DiffStat } from '~/features/approvals/diff-stat.tsx';
import { reviewSummary } from '~/features/approvals/inbox.ts';
import { useAct } from '~/features/approvals/use-act.ts';
import { VoteForm } from '~/features/approvals/vote-form.tsx';
import { voteView } from '~/features/approvals/vote.ts';
import { branchName } from '~/features/merge-requests/board.ts';
import { usePerson } from '~/lib/person.ts';
import { shortCommit } from '~/lib/format.ts';
import type { TourRequest } from './load.server.ts';
import type { Step } from './steps.ts';
import { SubmitStep } from './submit-step.tsx';

interface StepDetailsProps {
  step: Step;
  request: TourRequest;
  sample: { projectId: string; name: string } | null;
}

/** What a step that was reached has to show: its state now, what came of it, and what to do. */
export function StepDetails({ step, request, sample }: StepDetailsProps) {
  const base = `/requests/${request.requestId}`;
  if (step.state === 'stopped') {
    return (
      <div className="flex flex-col gap-3">
        <Line>
          {request.outcome === 'no-changes' ? 'The agent found nothing to change: the test passes already.' : 'It went no further here.'}{' '}
          <TextLink to={base}>See why</TextLink>
        </Line>
        <SubmitStep sample={sample} again />
      </div>
    );
  }
  const done = step.state === 'done';
  switch (step.id) {
    case 'submit':
      return (
        <Line>
          “{request.title}” is submitted. <TextLink to={base}>Open the request</TextLink>
        </Line>
      );
    case 'run':
      return done ? <RunDone request={request} base={base} /> : <Running request={request} base={base} />;
    case 'approve':
      return done ? (
        <Line>Commit {shortCommit(request.mergeRequest?.commit ?? request.gate?.subject.id ?? '')} is approved.</Line>
      ) : (
        <Approve request={request} base={base} />
      );
    case 'merge-request':
      return done ? <Opened request={request} base={base} /> : <Working>The approved commit is being pushed.</Working>;
    case 'review':
      return done ? <Reviewed request={request} base={base} /> : <Working>The review reads the change.</Working>;
    case 'merge':
      return done ? <Line>It is on the base branch.</Line> : <Merge request={request} base={base} />;
  }
}

function Line({ children }: { children: ReactNode }) {
  return <p className="text-sm">{children}</p>;
}

function TextLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} className="text-primary underline underline-offset-2">
      {children}
    </Link>
  );
}

function Working({ children }: { children: ReactNode }) {
  return (
    <p className="flex items-center gap-2 text-sm">
      <Spinner /> {children}
    </p>
  );
}

function Running({ request, base }: { request: TourRequest; base: string }) {
  const waits = request.awaiting !== null && request.awaiting.kind !== 'slot';
  return (
    <div className="flex flex-wrap items-center gap-3 text-sm">
      <StageBadge stage={request.stage} awaiting={request.awaiting?.kind ?? null} />
      <Elapsed sinceMs={request.stageSinceMs} className="text-muted-foreground" />
      <Button asChild variant={waits ? 'default' : 'outline'}>
        <Link to={base}>{waits ? 'It needs you: open it' : 'Watch it live'}</Link>
      </Button>
      {waits && <p className="basis-full break-words text-muted-foreground">{request.awaiting?.message}</p>}
    </div>
  );
}

function RunDone({ request, base }: { request: TourRequest; base: string }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      {request.checkpoint && <DiffStat stat={request.checkpoint.stat} />}
      <TextLink to={base}>Read its log</TextLink>
      <TextLink to={`${base}/changes`}>See the change</TextLink>
    </div>
  );
}

function Approve({ request, base }: { request: TourRequest; base: string }) {
  const viewer = usePerson();
  const { gate, awaiting, requestId, requester } = request;
  if (gate?.status !== 'open') {
    return (
      <Line>
        {awaiting?.message} <TextLink to={base}>Open the request</TextLink>
      </Line>
    );
  }
  return (
    <VoteForm
      requestId={requestId}
      subjectId={gate.subject.id}
      vote={voteView(gate, viewer, requester.id)}
      lookPath={`${base}/changes`}
      action="/welcome"
    />
  );
}

function Opened({ request, base }: { request: TourRequest; base: string }) {
  if (request.mergeRequest === null) return null;
  return (
    <Line>
      !{request.mergeRequest.number} on <span className="font-mono text-xs break-all">{branchName(request.mergeRequest.branch)}</span>.{' '}
      <TextLink to={`${base}/merge-request`}>Open it</TextLink>
    </Line>
  );
}

function Reviewed({ request, base }: { request: TourRequest; base: string }) {
  const { review } = request;
  return (
    <Line>
      {review ? `${reviewSummary({ verdict: review.verdict, findings: review.findings.length }).text}. ` : ''}
      <TextLink to={`${base}/review`}>Read the review</TextLink>
    </Line>
  );
}

function Merge({ request, base }: { request: TourRequest; base: string }) {
  const act = useAct(request.requestId);
  const { mergeRequest } = request;
  if (mergeRequest === null || request.awaiting?.kind !== 'merge') {
    return (
      <Line>
        {request.awaiting?.message} <TextLink to={base}>Open the request</TextLink>
      </Line>
    );
  }
  return (
    <act.Form method="post" action="/welcome" className="flex flex-wrap items-center gap-2">
      <input type="hidden" name="requestId" value={request.requestId} />
      <input type="hidden" name="subjectId" value={mergeRequest.commit} />
      <Button type="submit" name="intent" value="merge" disabled={act.busy}>
        <GitMergeIcon aria-hidden /> Merge commit {shortCommit(mergeRequest.commit)}
      </Button>
      <Button asChild variant="outline">
        <Link to={`${base}/merge-request`}>Open</Link>
      </Button>
    </act.Form>
  );
}
