import { Link, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { SparklesIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { StageBadge } from '~/components/stage-badge.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Button } from '~/components/ui/button.tsx';
import { unwrap } from '~/lib/api.ts';
import { apiOf } from '~/lib/api.server.ts';

/** The newest requests. */
export async function loader({ request }: LoaderFunctionArgs) {
  return unwrap(await apiOf(request).GET('/api/requests', { params: { query: { limit: 20 } } }));
}

export default function Overview() {
  const { items } = useLoaderData<typeof loader>();
  return (
    <Page>
      <PageHeader title="Overview" />
      {items.length === 0 && (
        <EmptyState
          icon={SparklesIcon}
          title="No requests yet"
          action={
            <Button asChild>
              <Link to="/requests/new">New request</Link>
            </Button>
          }
        >
          Write what should change; an agent works on it in an isolated workspace and shows you every step.
        </EmptyState>
      )}
      <ul className="divide-y rounded-lg border empty:hidden">
        {items.map(({ requestId, title, stage, awaiting, updatedAtMs }) => (
          <li key={requestId} className="flex items-center gap-3 px-3 py-2">
            <Link to={`/requests/${requestId}`} className="min-w-0 flex-1 truncate font-medium hover:underline">
              {title}
            </Link>
            <StageBadge stage={stage} awaiting={awaiting?.kind} />
            <TimeAgo atMs={updatedAtMs} className="text-xs text-muted-foreground" />
          </li>
        ))}
      </ul>
    </Page>
  );
}
