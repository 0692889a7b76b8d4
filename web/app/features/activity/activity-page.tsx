import { Link } from '@remix-run/react';
import { ActivityIcon, CircleAlertIcon, CircleCheckIcon, CircleDotIcon, CircleXIcon, type LucideIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { Pager } from '~/features/runs/pager.tsx';
import type { Schemas } from '~/lib/api.ts';
import { cn } from '~/lib/cn.ts';
import { formatInstant } from '~/lib/format.ts';
import { useHydrated } from '~/lib/hydrated.ts';
import { groupByDay } from './days.ts';
import { activitySentence, type ActivityTone } from './sentence.ts';

interface ActivityPageProps {
  items: readonly Schemas['Activity'][];
  nextCursor: string | null;
  /** True on a page after the first. */
  isOlder: boolean;
  /** Titles of the requests that are known, by id. */
  titles: Readonly<Record<string, string>>;
  /** Host of this very site. */
  ownHost: string;
  nowMs: number;
}

/** Who did what, by day, newest first. */
export function ActivityPage({ items, nextCursor, isOlder, titles, ownHost, nowMs }: ActivityPageProps) {
  const timeZone = useTimeZone();
  return (
    <Page width="narrow">
      <PageHeader title="Activity" description="What people, agents and AstraForge itself did. New entries appear by themselves." />
      {items.length === 0 ? (
        <EmptyState icon={ActivityIcon} title="Nothing happened yet">
          Submits, votes, answers, merges and changes of projects are kept here, each with who did it and when.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-6">
          {groupByDay(items, { timeZone, nowMs }).map(({ day, label, items: acts }) => (
            <section key={day} aria-labelledby={`day-${day}`}>
              <h2 id={`day-${day}`} className="sticky top-11 z-10 bg-background/95 py-1.5 text-xs font-medium text-muted-foreground">
                {label}
              </h2>
              <ul className="divide-y rounded-lg border bg-card">
                {acts.map((act) => (
                  <ActRow
                    key={act.activityId}
                    act={act}
                    title={act.requestId === null ? null : (titles[act.requestId] ?? 'a request')}
                    timeZone={timeZone}
                    ownHost={ownHost}
                  />
                ))}
              </ul>
            </section>
          ))}
        </div>
      )}
      <Pager nextCursor={nextCursor} isOlder={isOlder} search={new URLSearchParams()} />
    </Page>
  );
}

const looks: Readonly<Record<ActivityTone, { icon: LucideIcon; className: string }>> = {
  neutral: { icon: CircleDotIcon, className: 'text-muted-foreground' },
  success: { icon: CircleCheckIcon, className: 'text-success' },
  warning: { icon: CircleAlertIcon, className: 'text-warning' },
  destructive: { icon: CircleXIcon, className: 'text-destructive' },
};

function ActRow({ act, title, timeZone, ownHost }: { act: Schemas['Activity']; title: string | null; timeZone: string; ownHost: string }) {
  const { text, tone, note, link } = activitySentence(act, ownHost);
  const { icon: Icon, className } = looks[tone];
  return (
    <li className="flex items-start gap-3 px-4 py-2.5 text-sm">
      <Icon className={cn('mt-0.5 size-4 shrink-0', className)} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="break-words">
          <span className="font-medium">{act.actor}</span> {text}
          {title !== null && (
            <>
              {': '}
              <Link to={`/requests/${act.requestId}`} className="text-primary underline underline-offset-2">
                {title}
              </Link>
            </>
          )}
          {link !== null && (
            <>
              {' '}
              <a href={link.url} className="text-primary underline underline-offset-2" rel="noreferrer noopener" target="_blank">
                {link.label}
                <span className="sr-only"> (opens in a new tab)</span>
              </a>
            </>
          )}
        </p>
        {note !== null && <p className="mt-0.5 line-clamp-2 break-words text-muted-foreground">{note}</p>}
      </div>
      <time
        dateTime={new Date(act.createdAtMs).toISOString()}
        title={formatInstant(act.createdAtMs)}
        className="shrink-0 text-xs text-muted-foreground tabular-nums"
      >
        {clockTime(act.createdAtMs, timeZone)}
      </time>
    </li>
  );
}

/** The reader's zone once the browser has said it; the server writes UTC. */
function useTimeZone(): string {
  return useHydrated() ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC';
}

function clockTime(atMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(atMs);
}
