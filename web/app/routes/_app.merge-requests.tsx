import { type MetaFunction, type ShouldRevalidateFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { loadBoard } from '~/features/merge-requests/load.server.ts';
import { MergeRequestsPage } from '~/features/merge-requests/merge-requests-page.tsx';
import { useLiveRevalidation } from '~/lib/live/index.ts';

export const meta: MetaFunction = () => [{ title: 'Merge requests · AstraForge' }];

export function loader({ request }: LoaderFunctionArgs) {
  return loadBoard(request);
}

/** The address only says which preview is open: the board stays as it is. */
export const shouldRevalidate: ShouldRevalidateFunction = ({ currentUrl, nextUrl, defaultShouldRevalidate }) =>
  currentUrl.search === nextUrl.search && defaultShouldRevalidate;

export default function MergeRequestsRoute() {
  useLiveRevalidation();
  return <MergeRequestsPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
