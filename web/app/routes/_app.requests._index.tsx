import { type MetaFunction, type ShouldRevalidateFunctionArgs, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { useMemo } from 'react';
import { Page } from '~/components/page.tsx';
import { RouteError } from '~/components/route-error.tsx';
import { filtersToQuery, parseFilters } from '~/features/requests/filters.ts';
import { RequestsPage } from '~/features/requests/requests-page.tsx';
import { unwrap } from '~/lib/api.ts';
import { apiOf } from '~/lib/api.server.ts';

export const meta: MetaFunction = () => [{ title: 'Requests · AstraForge' }];

/** The first page of the list that the address asks for, and what can be filtered by. */
export async function loader({ request }: LoaderFunctionArgs) {
  const api = apiOf(request);
  const filters = parseFilters(new URL(request.url).searchParams);
  const [page, projects, people] = await Promise.all([
    api.GET('/api/requests', { params: { query: filtersToQuery(filters) } }).then(unwrap),
    api.GET('/api/projects', { params: { query: { limit: 200 } } }).then(unwrap),
    api.GET('/api/people').then(unwrap),
  ]);
  return { filters, page, projects: projects.items, people: people.items };
}

/** Rows keep themselves up to date; only another address asks for another list. */
export function shouldRevalidate({ currentUrl, nextUrl, defaultShouldRevalidate }: ShouldRevalidateFunctionArgs) {
  return currentUrl.href === nextUrl.href ? false : defaultShouldRevalidate;
}

export default function Requests() {
  const data = useLoaderData<typeof loader>();
  const { filters, page, projects, people } = data;
  return <RequestsPage {...useMemo(() => ({ filters, page, projects, people }), [filters, page, people, projects])} />;
}

export function ErrorBoundary() {
  return (
    <Page width="narrow">
      <RouteError />
    </Page>
  );
}
