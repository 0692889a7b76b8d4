import { type ClientLoaderFunctionArgs, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { CompareTab } from '~/features/compare/compare-tab.tsx';
import { loadComparison } from '~/features/compare/load-compare.ts';
import { apiOf } from '~/lib/api.server.ts';
import { browserApi } from '~/lib/api.ts';

export function loader({ request, params }: LoaderFunctionArgs) {
  return loadComparison(apiOf(request), params['requestId'] ?? '', new URL(request.url).searchParams);
}

/** In the browser the API is asked at once. */
export function clientLoader({ request, params }: ClientLoaderFunctionArgs) {
  return loadComparison(browserApi(), params['requestId'] ?? '', new URL(request.url).searchParams);
}

export default function CompareRoute() {
  return <CompareTab comparison={useLoaderData<typeof loader>()} />;
}

export function ErrorBoundary() {
  return (
    <div className="p-4">
      <RouteError />
    </div>
  );
}
