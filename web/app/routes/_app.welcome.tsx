import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { loadWelcome } from '~/features/onboarding/load.server.ts';
import { actOnTour } from '~/features/onboarding/submit-sample.server.ts';
import { WelcomePage } from '~/features/onboarding/welcome-page.tsx';
import { useActToasts } from '~/features/approvals/use-act.ts';
import { useLiveRevalidation } from '~/lib/live/index.ts';

export const meta: MetaFunction = () => [{ title: 'Welcome · AstraForge' }];

export function loader({ request }: LoaderFunctionArgs) {
  return loadWelcome(request);
}

/** Submits the sample's prompt, and votes and merges on the way. */
export function action({ request }: ActionFunctionArgs) {
  return actOnTour(request);
}

export default function WelcomeRoute() {
  useLiveRevalidation();
  useActToasts();
  return <WelcomePage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
