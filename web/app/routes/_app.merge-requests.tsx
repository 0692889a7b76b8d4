import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { loadBoard } from '~/features/merge-requests/load.server.ts';
import { MergeRequestsPage } from '~/features/merge-requests/merge-requests-page.tsx';
import { useLiveRevalidation } from '~/lib/live/index.ts';

export const meta: MetaFunction = () => [{ title: 'Merge requests · AstraForge' }];

export function loader({ request }: LoaderFunctionArgs) {
  return loadBoard(request);
}

export default function MergeRequestsRoute() {
  useLiveRevalidation();
  return <MergeRequestsPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
