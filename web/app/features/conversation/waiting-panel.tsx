import { Link } from '@remix-run/react';
import { BanIcon, CircleAlertIcon, CircleCheckIcon, ExternalLinkIcon, HourglassIcon } from 'lucide-react';
import { useState } from 'react';
import { Elapsed } from '~/components/elapsed.tsx';
import { Button } from '~/components/ui/button.tsx';
import { acts, useAct } from '~/features/requests/act.ts';
import { describeMerge } from '~/features/merge-request/merge-words.ts';
import { CancelDialog } from '~/features/requests/cancel-dialog.tsx';
import { requestPath } from '~/features/requests/links.ts';
import { isClosed, type RequestDetail } from '~/features/requests/stages.ts';
import { cn } from '~/lib/cn.ts';
import { describeStage } from '~/lib/stages.ts';
import { describeEnd, describeFailure } from './failures.ts';
import { type NextAction, nextActions } from './next-actions.ts';

export interface WaitingPanelProps {
  request: RequestDetail;
  onWrite: () => void;
}

const variantOfTone = { primary: 'default', secondary: 'outline', destructive: 'ghost' } as const;

/**
 * For what a request waits: the stage, the reason, and the next actions as buttons. A failure says besides what helps, and leads to
 * the workflow.
 */
export function WaitingPanel({ request, onWrite }: WaitingPanelProps) {
  const { awaiting, stage } = request;
  if (stage === 'FAILED') return <FailedPanel request={request} />;
  if (isClosed(stage)) return <ClosedNote request={request} />;
  if (awaiting === null) return null;
  if (awaiting.kind === 'slot') return <QueuePanel request={request} />;
  const isFailure = stage === 'BLOCKED' && awaiting.kind !== 'answer';
  const words = describeFailure(awaiting.reason);
  const where = request.status?.resumeStage;
  return (
    <section
      aria-label={isFailure ? 'What went wrong' : 'What it waits for'}
      className={cn('rounded-lg border p-3', isFailure ? 'border-destructive/30 bg-destructive/5' : 'border-warning/40 bg-warning/5')}
    >
      <div className="flex gap-2.5">
        <CircleAlertIcon className={cn('mt-0.5 size-4 shrink-0', isFailure ? 'text-destructive' : 'text-warning')} aria-hidden />
        <div className="min-w-0 flex-1">
          {isFailure && (
            <p className="font-medium">
              {words.title}
              {where && <span className="font-normal text-muted-foreground"> while {describeStage(where).label.toLowerCase()}</span>}
            </p>
          )}
          <p className={cn('wrap-anywhere whitespace-pre-line', isFailure && 'text-muted-foreground')}>
            {awaiting.kind === 'merge' ? describeMerge(request).sentence : awaiting.message}
          </p>
          {isFailure && <p className="mt-1 text-muted-foreground">{words.advice}</p>}
          <NextActions request={request} onWrite={onWrite} />
          <Foot request={request} code={isFailure ? awaiting.reason : null} />
        </div>
      </div>
    </section>
  );
}

function NextActions({ request, onWrite }: WaitingPanelProps) {
  const [isCancelling, setCancelling] = useState(false);
  const { isBusy, act } = useAct();
  const { requestId, mergeRequest } = request;

  function run({ action }: NextAction): void {
    if (action === 'chat') onWrite();
    else if (action === 'cancel') setCancelling(true);
    else if (action === 'retry') void act('Trying again', (api) => acts.retry(api, requestId, ''));
    else if (action === 'merge' && mergeRequest) void act('Merging', (api) => acts.merge(api, requestId, mergeRequest.commit));
  }

  const actions = nextActions(request);
  const main = actions.find(({ tone }) => tone === 'primary');
  return (
    <div className="mt-2.5 flex flex-wrap gap-2">
      {actions.map((each) => {
        const variant = each === main ? 'default' : each.tone === 'primary' ? 'outline' : variantOfTone[each.tone];
        return each.to === null ? (
          <Button key={each.action} size="sm" variant={variant} disabled={isBusy} onClick={() => run(each)}>
            {each.label}
          </Button>
        ) : (
          <Button key={each.action} size="sm" variant={variant} asChild>
            <Link to={requestPath(requestId, each.to)} preventScrollReset>
              {each.label}
            </Link>
          </Button>
        );
      })}
      <CancelDialog requestId={requestId} title={request.title} isOpen={isCancelling} onOpenChange={setCancelling} />
    </div>
  );
}

function QueuePanel({ request }: { request: RequestDetail }) {
  return (
    <section aria-label="In the queue" className="flex gap-2.5 rounded-lg border bg-muted/50 p-3">
      <HourglassIcon className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-hidden />
      <div>
        <p className="font-medium">
          {request.queue ? `Place ${request.queue.position} of ${request.queue.total} in the queue` : 'In the queue'}
        </p>
        <p className="text-muted-foreground">
          All places for runs are taken; it starts by itself. Waiting for{' '}
          <Elapsed sinceMs={request.awaiting?.sinceMs ?? request.createdAtMs} />.
        </p>
      </div>
    </section>
  );
}

function ClosedNote({ request }: { request: RequestDetail }) {
  return (
    <p className="flex items-start gap-2.5 rounded-lg border bg-muted/50 p-3" role="note">
      {request.stage === 'DONE' ? (
        <CircleCheckIcon className="mt-0.5 size-4 shrink-0 text-success" aria-hidden />
      ) : (
        <BanIcon className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-hidden />
      )}
      <span className="min-w-0 wrap-anywhere">{describeEnd(request)}</span>
    </p>
  );
}

function FailedPanel({ request }: { request: RequestDetail }) {
  const words = describeFailure(request.status?.reason ?? null);
  return (
    <section aria-label="What went wrong" className="rounded-lg border border-destructive/30 bg-destructive/5 p-3">
      <p className="font-medium">{words.title}</p>
      <p className="text-muted-foreground">{words.advice}</p>
      <Foot request={request} code={request.status?.reason ?? null} />
    </section>
  );
}

function Foot({ request, code }: { request: RequestDetail; code: string | null }) {
  if (code === null) return null;
  return (
    <p className="mt-2.5 flex flex-wrap items-center gap-x-3 text-xs text-muted-foreground">
      <code className="font-mono">{code}</code>
      {request.links.temporal && (
        <a
          href={request.links.temporal}
          target="_blank"
          rel="noreferrer"
          className="inline-flex items-center gap-1 hover:text-foreground hover:underline"
        >
          Workflow in Temporal Web
          <ExternalLinkIcon className="size-3" aria-hidden />
        </a>
      )}
    </p>
  );
}
