import { Link } from '@remix-run/react';
import { Elapsed } from '~/components/elapsed.tsx';
import { StageBadge } from '~/components/stage-badge.tsx';
import type { Schemas } from '~/lib/api.ts';

/** Open requests that need nobody now: where each is, and for how long. */
export function RunningList({ requests }: { requests: readonly Schemas['RequestSummary'][] }) {
  return (
    <ul className="divide-y rounded-lg border bg-card">
      {requests.map((request) => (
        <li key={request.requestId}>
          <Link
            to={`/requests/${request.requestId}`}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 hover:bg-muted/50 sm:flex-nowrap"
          >
            <StageBadge stage={request.stage} awaiting={request.awaiting?.kind ?? null} />
            <span className="min-w-0 flex-1 basis-40 truncate font-medium">{request.title}</span>
            <span className="truncate text-xs text-muted-foreground">
              {request.project.name} · {request.requester.name}
            </span>
            <span className="ml-auto text-right text-xs text-muted-foreground tabular-nums sm:w-20">
              <Elapsed sinceMs={request.stageSinceMs} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
