import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { actOnRequest } from '~/features/approvals/act.server.ts';
import { ApprovalsPage } from '~/features/approvals/approvals-page.tsx';
import { loadInbox } from '~/features/approvals/load.server.ts';
import { useActToasts } from '~/features/approvals/use-act.ts';
import { useLiveRevalidation } from '~/lib/live/index.ts';

export const meta: MetaFunction = () => [{ title: 'Approvals · AstraForge' }];

export function loader({ request }: LoaderFunctionArgs) {
  return loadInbox(request);
}

/** Votes. */
export function action({ request }: ActionFunctionArgs) {
  return actOnRequest(request);
}

export default function ApprovalsRoute() {
  useLiveRevalidation();
  useActToasts();
  return <ApprovalsPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
