import { type ClientLoaderFunctionArgs, type MetaFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { readInBrowser } from '~/features/requests/client-detail.ts';
import { loadRequest } from '~/features/requests/load-detail.ts';
import { RequestFrame } from '~/features/requests/request-frame.tsx';
import { RequestHeader } from '~/features/requests/request-header.tsx';
import { apiOf } from '~/lib/api.server.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: data ? `${data.detail.title} · AstraForge` : 'AstraForge' }];

export function loader({ request, params }: LoaderFunctionArgs) {
  return loadRequest(apiOf(request), params['requestId'] ?? '');
}

/** In the browser the API is asked at once, and only for what the page does not have. */
export function clientLoader({ params }: ClientLoaderFunctionArgs) {
  return readInBrowser(params['requestId'] ?? '');
}

export default function RequestPage() {
  const { detail } = useLoaderData<typeof loader>();
  return (
    <div className="flex min-h-0 flex-1 flex-col md:max-h-dvh">
      <RequestHeader request={detail} />
      <RequestFrame request={detail} conversation={null} />
    </div>
  );
}

export function ErrorBoundary() {
  return (
    <div className="mx-auto w-full max-w-xl px-4 py-16">
      <RouteError />
    </div>
  );
}
