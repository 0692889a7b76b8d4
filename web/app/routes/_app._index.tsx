import { type MetaFunction, useLoaderData } from '@remix-run/react';
import { type ActionFunctionArgs, type LoaderFunctionArgs, redirect } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { actOnRequest } from '~/features/approvals/act.server.ts';
import { loadOverview } from '~/features/overview/load.server.ts';
import { OverviewPage } from '~/features/overview/overview-page.tsx';
import { useActToasts } from '~/features/approvals/use-act.ts';
import { useLiveRevalidation } from '~/lib/live/index.ts';

export const meta: MetaFunction = () => [{ title: 'Overview · AstraForge' }];

/** Where nothing was ever submitted there is nothing to see: the way begins on the welcome page. */
export async function loader({ request }: LoaderFunctionArgs) {
  const loaded = await loadOverview(request);
  if (loaded === null) throw redirect('/welcome');
  return loaded;
}

/** Votes, answers, retries and merges of what waits. */
export function action({ request }: ActionFunctionArgs) {
  return actOnRequest(request);
}

export default function OverviewRoute() {
  useLiveRevalidation();
  useActToasts();
  return <OverviewPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
