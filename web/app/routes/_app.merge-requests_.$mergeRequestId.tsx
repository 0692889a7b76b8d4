import { redirect } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { unwrap } from '~/lib/api.ts';
import { apiOf } from '~/lib/api.server.ts';

/** The address that a merge request of the local forge has: it leads to its tab on the request's page. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const path = { mergeRequestId: params['mergeRequestId'] ?? '' };
  const { requestId } = unwrap(await apiOf(request).GET('/api/merge-requests/{mergeRequestId}', { params: { path } }));
  return redirect(`/requests/${requestId}/merge-request`);
}
