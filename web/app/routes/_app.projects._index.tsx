import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { LoaderFunctionArgs } from '@remix-run/server-runtime';
import { isSampleProject } from '../../../api/client/sample.ts';
import { RouteError } from '~/components/route-error.tsx';
import { ProjectsPage } from '~/features/projects/projects-page.tsx';
import { holdsRole } from '~/lib/roles.ts';
import { usePerson } from '~/lib/person.ts';
import { apiOf } from '~/lib/api.server.ts';
import { unwrap } from '~/lib/api.ts';

export const meta: MetaFunction = () => [{ title: 'Projects · AstraForge' }];

export async function loader({ request }: LoaderFunctionArgs) {
  const cursor = new URL(request.url).searchParams.get('cursor') || undefined;
  const page = unwrap(await apiOf(request).GET('/api/projects', { params: { query: { limit: 50, cursor } } }));
  const projects = page.items.map((project) => ({ project, isSample: isSampleProject(project) }));
  return { projects, nextCursor: page.nextCursor, isOlder: cursor !== undefined };
}

export default function ProjectsRoute() {
  const mayAdd = holdsRole(usePerson().roles, 'admin');
  return <ProjectsPage {...useLoaderData<typeof loader>()} mayAdd={mayAdd} />;
}

export { RouteError as ErrorBoundary };
