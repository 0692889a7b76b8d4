import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { loadRuns } from '~/features/runs/load.server.ts';
import { RunsPage } from '~/features/runs/runs-page.tsx';
import { useLiveLoader } from '~/lib/live/use-live-loader.ts';

export const meta: MetaFunction = () => [{ title: 'Runs · AstraForge' }];

export function loader({ request }: LoaderFunctionArgs) {
  return loadRuns(request);
}

export default function RunsRoute() {
  useLiveLoader();
  return <RunsPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
