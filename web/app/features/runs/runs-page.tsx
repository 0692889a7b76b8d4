import { Link } from '@remix-run/react';
import { CirclePlayIcon } from 'lucide-react';
import { Elapsed } from '~/components/elapsed.tsx';
import { EmptyState } from '~/components/empty-state.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '~/components/ui/table.tsx';
import { checksSummary } from '~/features/approvals/inbox.ts';
import type { Schemas } from '~/lib/api.ts';
import { cn } from '~/lib/cn.ts';
import { formatCount, formatDuration } from '~/lib/format.ts';
import { purposes, runDurationMs, type RunsQuery, runsSearch, runStatuses } from './filters.ts';
import { Pager } from './pager.tsx';
import { labelOf, RunStatusBadge } from './run-status.tsx';

type Run = Schemas['Run'];

interface RunsPageProps {
  query: RunsQuery;
  runs: readonly Run[];
  nextCursor: string | null;
  /** Title and project of the requests that are known, by id. */
  titles: Readonly<Record<string, { title: string; project: string }>>;
  nowMs: number;
}

/** Every turn of an agent, newest first, with the way into its log. */
export function RunsPage({ query, runs, nextCursor, titles, nowMs }: RunsPageProps) {
  return (
    <Page>
      <PageHeader
        title="Runs"
        description="A run is one turn of an agent: it answers the messages that wait, and ends with a checkpoint or a reason."
      />
      <StatusFilter query={query} />
      {runs.length === 0 ? (
        <EmptyState icon={CirclePlayIcon} title={query.status === null ? 'No runs yet' : `No ${labelOf(query.status).toLowerCase()} runs`}>
          Each request starts one when it gets a place, and another for every message after that.
        </EmptyState>
      ) : (
        <Table aria-label="Runs">
          <TableHeader>
            <TableRow>
              <TableHead className="hidden sm:table-cell">Status</TableHead>
              <TableHead>Request</TableHead>
              <TableHead className="hidden md:table-cell">Purpose</TableHead>
              <TableHead className="hidden lg:table-cell">Checks</TableHead>
              <TableHead className="text-right">Duration</TableHead>
              <TableHead className="hidden text-right md:table-cell">Tokens</TableHead>
              <TableHead className="hidden text-right sm:table-cell">Started</TableHead>
            </TableRow>
          </TableHeader>
          <TableBody>
            {runs.map((run) => (
              <RunRow key={run.runId} run={run} request={titles[run.requestId]} nowMs={nowMs} />
            ))}
          </TableBody>
        </Table>
      )}
      <Pager nextCursor={nextCursor} isOlder={query.cursor !== null} search={new URLSearchParams(runsSearch(query))} />
    </Page>
  );
}

function RunRow({ run, request, nowMs }: { run: Run; request: { title: string; project: string } | undefined; nowMs: number }) {
  const checks = checksSummary(run.checks);
  return (
    <TableRow>
      <TableCell className="hidden align-top sm:table-cell">
        <RunStatusBadge status={run.status} />
      </TableCell>
      <TableCell className="max-w-80 min-w-40 align-top">
        <span className="mb-1 block sm:hidden">
          <RunStatusBadge status={run.status} />
        </span>
        <Link
          to={`/requests/${run.requestId}?run=${encodeURIComponent(run.runId)}`}
          className="inline-block min-h-6 leading-6 font-medium break-words hover:underline"
        >
          {request?.title ?? 'Open the log'}
        </Link>
        <p className="text-xs text-muted-foreground">
          run {run.ordinal}
          {request && ` · ${request.project}`}
          {run.attempts > 1 && ` · ${run.attempts} attempts`}
        </p>
        {run.status === 'failed' && <p className="line-clamp-2 text-xs break-words text-destructive">{run.message || run.reason}</p>}
      </TableCell>
      <TableCell className="hidden align-top md:table-cell">{purposes[run.purpose]}</TableCell>
      <TableCell className="hidden align-top lg:table-cell">
        {run.checks.length > 0 && <Badge variant={checks.variant}>{checks.text}</Badge>}
      </TableCell>
      <TableCell className="text-right align-top whitespace-nowrap tabular-nums">
        {run.endedAtMs === null ? <Elapsed sinceMs={run.createdAtMs} /> : formatDuration(runDurationMs(run, nowMs))}
      </TableCell>
      <TableCell className="hidden text-right align-top tabular-nums md:table-cell">
        {formatCount(run.inputTokens + run.outputTokens)}
      </TableCell>
      <TableCell className="hidden text-right align-top text-xs whitespace-nowrap text-muted-foreground sm:table-cell">
        <TimeAgo atMs={run.createdAtMs} />
      </TableCell>
    </TableRow>
  );
}

function StatusFilter({ query }: { query: RunsQuery }) {
  const options = [{ status: null, label: 'All' }, ...runStatuses];
  return (
    <nav aria-label="Status" className="mb-3 flex flex-wrap gap-1">
      {options.map(({ status, label }) => (
        <Link
          key={label}
          to={runsSearch({ status, cursor: null })}
          aria-current={status === query.status ? 'true' : undefined}
          className={cn(
            'inline-flex h-7 items-center rounded-full border px-2.5 text-xs font-medium',
            status === query.status
              ? 'border-transparent bg-primary text-primary-foreground'
              : 'text-muted-foreground hover:bg-accent hover:text-foreground',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
