import { useRouteLoaderData } from '@remix-run/react';
import type { RequestData } from './load-detail.ts';
import type { RequestDetail } from './stages.ts';

const routeId = 'routes/_app.requests.$requestId';

/** Everything about the request whose page this is; it is read anew whenever the request changes. Only below `/requests/$requestId`. */
export function useRequestDetail(): RequestDetail {
  return useRequestData().detail;
}

/** The same with what the page knows beside it. */
function useRequestData(): RequestData {
  const data = useRouteLoaderData(routeId) as RequestData | undefined;
  if (!data) throw new Error('useRequestDetail is for pages below /requests/$requestId');
  return data;
}
