import { Link, useSearchParams } from '@remix-run/react';
import { ExternalLinkIcon, FileDiffIcon, GitBranchIcon, GitPullRequestIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { DiffStat } from '~/features/approvals/diff-stat.tsx';
import { checksSummary, reviewSummary } from '~/features/approvals/inbox.ts';
import type { Schemas } from '~/lib/api.ts';
import { branchName, columns, forgeLink } from './board.ts';
import { PreviewSheet } from './preview-sheet.tsx';

type MergeRequest = Schemas['MergeRequest'];

export interface BoardColumn {
  state: MergeRequest['state'];
  items: MergeRequest[];
  more: boolean;
}

interface MergeRequestsPageProps {
  board: readonly BoardColumn[];
  /** Names of projects by id. */
  projects: Readonly<Record<string, string>>;
}

/** What was published, by how it stands: columns on a wide screen, a list on a phone. */
export function MergeRequestsPage({ board, projects }: MergeRequestsPageProps) {
  const [search, setSearch] = useSearchParams();
  const shown = board.flatMap(({ items }) => items).find(({ mergeRequestId }) => mergeRequestId === search.get('preview'));
  const isEmpty = board.every(({ items }) => items.length === 0);
  return (
    <Page>
      <PageHeader title="Merge requests" description="Each holds exactly the commit that was approved." />
      {isEmpty ? (
        <EmptyState icon={GitPullRequestIcon} title="No merge requests yet">
          When a change has its approvals, its commit is pushed and a merge request opened; it is then reviewed and waits here for its
          merge.
        </EmptyState>
      ) : (
        <div className="grid items-start gap-5 md:grid-cols-3 md:gap-4">
          {columns.map(({ state, title, empty }) => {
            const column = board.find((one) => one.state === state);
            return <Column key={state} state={state} title={title} empty={empty} column={column} projects={projects} />;
          })}
        </div>
      )}
      <PreviewSheet mergeRequest={shown ?? null} onClose={() => setSearch(withoutPreview, { preventScrollReset: true, replace: true })} />
    </Page>
  );
}

function withoutPreview(search: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(search);
  rest.delete('preview');
  return rest;
}

interface ColumnProps {
  state: string;
  title: string;
  empty: string;
  column: BoardColumn | undefined;
  projects: MergeRequestsPageProps['projects'];
}

function Column({ state, title, empty, column, projects }: ColumnProps) {
  const items = column?.items ?? [];
  return (
    <section aria-labelledby={`column-${state}`} className="flex min-w-0 flex-col gap-2">
      <h2 id={`column-${state}`} className="flex items-center gap-2 text-sm font-semibold">
        {title}
        <span className="rounded-full bg-muted px-1.5 text-xs font-medium text-muted-foreground tabular-nums">
          {items.length}
          {column?.more && '+'}
        </span>
      </h2>
      {items.length === 0 ? (
        <p className="rounded-lg border border-dashed px-3 py-4 text-sm text-muted-foreground">{empty}</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {items.map((mergeRequest) => (
            <MergeRequestCard
              key={mergeRequest.mergeRequestId}
              mergeRequest={mergeRequest}
              project={projects[mergeRequest.projectId] ?? ''}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function MergeRequestCard({ mergeRequest, project }: { mergeRequest: MergeRequest; project: string }) {
  const { mergeRequestId, requestId, number, title, ref, stat, runId, checks, reviewed } = mergeRequest;
  const link = forgeLink(mergeRequest);
  const shownChecks = checksSummary(checks);
  const review = reviewed && reviewSummary(reviewed);
  return (
    <li className="flex min-w-0 flex-col gap-2 rounded-lg border bg-card px-3 py-2.5">
      <div className="min-w-0">
        <Link
          to={`/requests/${requestId}/merge-request`}
          className="inline-block min-h-6 text-sm leading-6 font-medium break-words hover:underline"
        >
          {title}
        </Link>
        <p className="text-xs break-words text-muted-foreground">
          {project} !{number} · <TimeAgo atMs={mergeRequest.updatedAtMs} />
        </p>
      </div>
      <p className="flex min-w-0 items-center gap-1.5 font-mono text-xs text-muted-foreground">
        <GitBranchIcon className="size-3.5 shrink-0" aria-hidden />
        <span className="sr-only">Branch </span>
        <span className="truncate">{branchName(ref.branch)}</span>
      </p>
      <div className="flex flex-wrap items-center gap-1.5">
        <Badge variant={shownChecks.variant}>{shownChecks.text}</Badge>
        {review && <Badge variant={review.variant}>{review.text}</Badge>}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {stat && <DiffStat stat={stat} />}
        <span className="ml-auto flex gap-1">
          {link && (
            <Button asChild size="sm" variant="ghost">
              <a href={link.url} rel="noreferrer noopener" target="_blank">
                <ExternalLinkIcon aria-hidden /> {link.label}
                <span className="sr-only"> (opens in a new tab)</span>
              </a>
            </Button>
          )}
          {runId !== null && (
            <Button asChild size="sm" variant="outline">
              <Link to={`?preview=${encodeURIComponent(mergeRequestId)}`} preventScrollReset aria-label={`Preview the diff of ${title}`}>
                <FileDiffIcon aria-hidden /> Preview
              </Link>
            </Button>
          )}
        </span>
      </div>
    </li>
  );
}
