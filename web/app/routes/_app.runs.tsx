import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { loadRuns } from '~/features/runs/load.server.ts';
import { RunsPage } from '~/features/runs/runs-page.tsx';
import { useLiveRevalidation } from '~/lib/live/index.ts';

export const meta: MetaFunction = () => [{ title: 'Runs · AstraForge' }];

export function loader({ request }: LoaderFunctionArgs) {
  return loadRuns(request);
}

export default function RunsRoute() {
  useLiveRevalidation();
  return <RunsPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
