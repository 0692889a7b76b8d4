import { type ClientLoaderFunctionArgs, type MetaFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { Conversation } from '~/features/conversation/conversation.tsx';
import { readInBrowser } from '~/features/requests/client-detail.ts';
import { loadRequest, type RequestData } from '~/features/requests/load-detail.ts';
import { RequestFrame } from '~/features/requests/request-frame.tsx';
import { RequestHeader } from '~/features/requests/request-header.tsx';
import { RequestLive } from '~/features/requests/request-live.tsx';
import { StaleNotice } from '~/features/requests/stale-notice.tsx';
import { apiOf } from '~/lib/api.server.ts';
import type { CrumbHandle } from '~/lib/crumbs.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: data ? `${data.detail.title} · AstraForge` : 'AstraForge' }];

/** The request's own name in the way to its page. */
export const handle: CrumbHandle = {
  crumb: (data: RequestData | undefined) => ({ label: data?.detail.title ?? 'Request' }),
};

export function loader({ request, params }: LoaderFunctionArgs) {
  return loadRequest(apiOf(request), params['requestId'] ?? '');
}

/** In the browser the API is asked at once, and only for what the page does not have. */
export function clientLoader({ params }: ClientLoaderFunctionArgs) {
  return readInBrowser(params['requestId'] ?? '');
}

export default function RequestPage() {
  const data = useLoaderData<typeof loader>();
  const { detail, problem } = data;
  return (
    <RequestLive key={detail.requestId} data={data}>
      <div className="flex min-h-0 flex-1 flex-col lg:h-[calc(100dvh-2.75rem)] lg:flex-none">
        {problem && <StaleNotice problem={problem} />}
        <RequestHeader request={detail} />
        <RequestFrame request={detail} conversation={<Conversation request={detail} />} />
      </div>
    </RequestLive>
  );
}

export function ErrorBoundary() {
  return (
    <div className="mx-auto w-full max-w-xl px-4 py-16">
      <RouteError />
    </div>
  );
}
