import { Link } from '@remix-run/react';
import { CircleCheckIcon, MoonStarIcon } from 'lucide-react';
import { LiveRegion } from '~/components/live-region.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { Button } from '~/components/ui/button.tsx';
import { usePerson } from '~/lib/person.ts';
import type { Schemas } from '~/lib/api.ts';
import { plural } from '~/lib/format.ts';
import { Figures } from './figures.tsx';
import type { OverviewQuery } from './query.ts';
import { RunningList } from './running-list.tsx';
import { WaitingCard } from './waiting-card.tsx';
import { groupTitles, groupWaiting, type Standing } from './waiting.ts';

interface OverviewPageProps {
  query: OverviewQuery;
  overview: Schemas['Overview'];
  /** What those that wait for a vote or a merge stand at, by request id. */
  standing: Readonly<Record<string, Standing>>;
  projects: readonly { projectId: string; name: string }[];
  /** True for somebody who may submit and has not yet. */
  isNew: boolean;
  nowMs: number;
}

/** What waits for me, what runs now, and how it has gone lately. */
export function OverviewPage({ query, overview, standing, projects, isNew, nowMs }: OverviewPageProps) {
  const { waiting, running } = overview;
  return (
    <Page className="flex flex-col gap-7">
      <PageHeader title="Overview" className="pb-0" />
      <LiveRegion message={`${plural(waiting.length, 'request waits', 'requests wait')} for you, ${running.length} running.`} />
      {isNew && <NewcomerCallout />}
      <section aria-labelledby="waiting" className="flex flex-col gap-3">
        <SectionHeading id="waiting" title="Waits for you" count={waiting.length} />
        {waiting.length === 0 ? (
          <p className="flex items-center gap-2 rounded-lg border border-dashed px-4 py-4 text-sm text-muted-foreground">
            <CircleCheckIcon className="size-4 shrink-0 text-success" aria-hidden />
            Nothing waits for you. Questions, approvals and what is blocked show up here the moment they do.
          </p>
        ) : (
          <WaitingList waiting={waiting} standing={standing} />
        )}
      </section>
      <section aria-labelledby="running" className="flex flex-col gap-3">
        <SectionHeading id="running" title="Runs now" count={running.length} />
        {running.length === 0 ? (
          <p className="flex flex-wrap items-center gap-2 rounded-lg border border-dashed px-4 py-4 text-sm text-muted-foreground">
            <MoonStarIcon className="size-4 shrink-0" aria-hidden />
            <span>
              No agent is at work. A request is here from its submit until it needs somebody or is done.{' '}
              <Link to="/requests/new" className="text-primary underline underline-offset-2">
                Write a prompt
              </Link>
            </span>
          </p>
        ) : (
          <RunningList requests={running} />
        )}
      </section>
      <Figures query={query} totals={overview.totals} days={overview.days} projects={projects} nowMs={nowMs} />
    </Page>
  );
}

function SectionHeading({ id, title, count }: { id: string; title: string; count: number }) {
  return (
    <h2 id={id} className="flex items-center gap-2 text-sm font-semibold">
      {title}
      {count > 0 && <span className="rounded-full bg-muted px-1.5 text-xs font-medium text-muted-foreground tabular-nums">{count}</span>}
    </h2>
  );
}

function WaitingList({ waiting, standing }: Pick<OverviewPageProps, 'standing'> & { waiting: Schemas['Overview']['waiting'] }) {
  const viewer = usePerson();
  return (
    <div className="flex flex-col gap-4">
      {groupWaiting(waiting).map(({ group, items }) => (
        <section key={group} aria-labelledby={`waiting-${group}`} className="rounded-lg border bg-card">
          <h3 id={`waiting-${group}`} className="border-b px-4 py-2 text-xs font-medium text-muted-foreground">
            {groupTitles[group]}
          </h3>
          <ul className="divide-y">
            {items.map((request) => (
              <WaitingCard key={request.requestId} request={request} standing={standing[request.requestId] ?? null} viewer={viewer} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function NewcomerCallout() {
  return (
    <p className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-primary/30 bg-primary/5 px-4 py-3 text-sm">
      <span className="min-w-48 flex-1">New here? The sample project takes you from a prompt to a merged change in a few minutes.</span>
      <Button asChild variant="outline">
        <Link to="/welcome">Take the tour</Link>
      </Button>
    </p>
  );
}
