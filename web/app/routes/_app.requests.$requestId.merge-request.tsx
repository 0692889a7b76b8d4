import { useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { MergeRequestTab } from '~/features/merge-request/merge-request-tab.tsx';
import { useRequestDetail } from '~/features/requests/request-context.ts';
import { apiOf } from '~/lib/api.server.ts';
import { unwrap } from '~/lib/api.ts';

/** The request's merge request with its notes; null while there is none. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const api = apiOf(request);
  const query = { requestId: params['requestId'] ?? '', limit: 1 };
  const [newest] = unwrap(await api.GET('/api/merge-requests', { params: { query } })).items;
  if (!newest) return null;
  const path = { mergeRequestId: newest.mergeRequestId };
  return unwrap(await api.GET('/api/merge-requests/{mergeRequestId}', { params: { path } }));
}

export default function RequestMergeRequest() {
  return <MergeRequestTab request={useRequestDetail()} detail={useLoaderData<typeof loader>()} />;
}
