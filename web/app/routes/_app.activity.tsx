import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { ActivityPage } from '~/features/activity/activity-page.tsx';
import { loadActivity } from '~/features/activity/load.server.ts';
import { useLiveRevalidation } from '~/lib/live/index.ts';

export const meta: MetaFunction = () => [{ title: 'Activity · AstraForge' }];

export function loader({ request }: LoaderFunctionArgs) {
  return loadActivity(request);
}

export default function ActivityRoute() {
  useLiveRevalidation();
  return <ActivityPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
