import { useRouteLoaderData } from '@remix-run/react';
import { lazy, Suspense } from 'react';
import { RouteError } from '~/components/route-error.tsx';
import { Skeleton } from '~/components/ui/skeleton.tsx';
import { useRequestDetail } from '~/features/requests/request-context.ts';
import { useHydrated } from '~/lib/hydrated.ts';
import type { loader as appLoader } from './_app.tsx';

const ChangesPage = lazy(async () => ({ default: (await import('~/features/changes/changes-page.tsx')).ChangesPage }));

/** The tab with the changes. It is drawn in the browser: a diff is long, and what is seen of it depends on the window. */
export default function ChangesTab() {
  const detail = useRequestDetail();
  const app = useRouteLoaderData<typeof appLoader>('routes/_app');
  const isHydrated = useHydrated();
  if (!isHydrated || !app) return <Waiting />;
  return (
    <Suspense fallback={<Waiting />}>
      <ChangesPage detail={detail} person={app.person} />
    </Suspense>
  );
}

function Waiting() {
  return (
    <div role="status" className="space-y-3 p-3">
      <span className="sr-only">Loading the changes</span>
      <Skeleton className="h-9 w-full" />
      <Skeleton className="h-64 w-full" />
    </div>
  );
}

export function ErrorBoundary() {
  return (
    <div className="p-4">
      <RouteError />
    </div>
  );
}
