import { Link } from '@remix-run/react';
import { BanIcon, DownloadIcon, ExternalLinkIcon, LinkIcon, MoreHorizontalIcon, PlusIcon, RotateCwIcon } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { Elapsed } from '~/components/elapsed.tsx';
import { StageBadge } from '~/components/stage-badge.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Button } from '~/components/ui/button.tsx';
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '~/components/ui/dropdown-menu.tsx';
import { formatCount, formatDuration } from '~/lib/format.ts';
import { useCopy } from '~/lib/use-copy.ts';
import { acts, useAct } from './act.ts';
import { CancelDialog } from './cancel-dialog.tsx';
import { downloadPatch } from './download-patch.ts';
import { branchOf, tokensOf } from './facts.ts';
import { isClosed, type RequestDetail } from './stages.ts';

/** The head of a request's page: what it is, how it stands, whose it is, and what can be done with it. */
export function RequestHeader({ request }: { request: RequestDetail }) {
  return (
    <header className="flex items-start gap-3 border-b px-4 py-3">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h1 className="text-base leading-6 font-semibold wrap-anywhere">{request.title}</h1>
          <StageBadge stage={request.stage} awaiting={request.awaiting?.kind ?? null} />
        </div>
        <Facts request={request} />
      </div>
      <ActionsMenu request={request} />
    </header>
  );
}

function Facts({ request }: { request: RequestDetail }) {
  const branch = branchOf(request);
  const { input, output } = tokensOf(request);
  const closed = request.closedAtMs;
  return (
    <dl className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-0.5 text-xs text-muted-foreground">
      <Fact name="Project">
        <Link to={`/projects/${request.project.projectId}`} className="hover:text-foreground hover:underline">
          {request.project.name}
        </Link>
      </Fact>
      {branch !== null && (
        <Fact name="Branch">
          <code className="font-mono wrap-anywhere">{branch}</code>
        </Fact>
      )}
      <Fact name="Requester">{request.requester.name}</Fact>
      <Fact name="Submitted">
        <TimeAgo atMs={request.createdAtMs} />
      </Fact>
      <Fact name="Time">
        {closed === null ? <Elapsed sinceMs={request.createdAtMs} /> : `took ${formatDuration(closed - request.createdAtMs)}`}
      </Fact>
      {input + output > 0 && (
        <Fact name="Tokens">
          {formatCount(input)} in, {formatCount(output)} out
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-1">
      <dt className="sr-only">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}

function ActionsMenu({ request }: { request: RequestDetail }) {
  const [isCancelling, setCancelling] = useState(false);
  const { copy } = useCopy();
  const { isBusy, act } = useAct();
  const open = !isClosed(request.stage);
  const canRetry = request.awaiting?.actions.includes('retry') ?? false;
  const { checkpoint, requestId } = request;

  function copyLink(): void {
    copy(window.location.href);
    toast.success('Link copied');
  }

  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="outline" size="icon">
            <MoreHorizontalIcon aria-hidden />
            <span className="sr-only">Actions of this request</span>
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          {canRetry && (
            <DropdownMenuItem disabled={isBusy} onSelect={() => void act('Trying again', (api) => acts.retry(api, requestId, ''))}>
              <RotateCwIcon aria-hidden />
              Try again
            </DropdownMenuItem>
          )}
          <DropdownMenuItem onSelect={copyLink}>
            <LinkIcon aria-hidden />
            Copy link
          </DropdownMenuItem>
          {checkpoint && (
            <DropdownMenuItem onSelect={() => void downloadPatch(checkpoint.runId, request.title)}>
              <DownloadIcon aria-hidden />
              Download patch
            </DropdownMenuItem>
          )}
          <DropdownMenuItem asChild>
            <Link to={`/requests/new?project=${encodeURIComponent(request.project.projectId)}`}>
              <PlusIcon aria-hidden />
              New request in {request.project.name}
            </Link>
          </DropdownMenuItem>
          {request.links.temporal && (
            <DropdownMenuItem asChild>
              <a href={request.links.temporal} target="_blank" rel="noreferrer">
                <ExternalLinkIcon aria-hidden />
                Workflow in Temporal Web
              </a>
            </DropdownMenuItem>
          )}
          {open && (
            <>
              <DropdownMenuSeparator />
              <DropdownMenuItem variant="destructive" onSelect={() => setCancelling(true)}>
                <BanIcon aria-hidden />
                Cancel request…
              </DropdownMenuItem>
            </>
          )}
        </DropdownMenuContent>
      </DropdownMenu>
      <CancelDialog requestId={requestId} title={request.title} isOpen={isCancelling} onOpenChange={setCancelling} />
    </>
  );
}
