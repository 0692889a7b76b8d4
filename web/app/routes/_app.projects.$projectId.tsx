import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { ProjectPage } from '~/features/projects/project-page.tsx';
import { actOnProject } from '~/features/projects/save.server.ts';
import { apiOf } from '~/lib/api.server.ts';
import { unwrap } from '~/lib/api.ts';
import type { CrumbHandle } from '~/lib/crumbs.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.project.name ?? 'Project'} · AstraForge` }];

export const handle: CrumbHandle = {
  crumb: (data: { project: { name: string } } | undefined) => ({ label: data?.project.name ?? 'Project' }),
};

export async function loader({ request, params: { projectId = '' } }: LoaderFunctionArgs) {
  const api = apiOf(request);
  const [project, options, secrets] = await Promise.all([
    api.GET('/api/projects/{projectId}', { params: { path: { projectId } } }).then(unwrap),
    api.GET('/api/options').then(unwrap),
    api.GET('/api/projects/{projectId}/secrets', { params: { path: { projectId } } }).then(unwrap),
  ]);
  return { project, options, secrets: secrets.items, isNew: new URL(request.url).searchParams.has('added') };
}

/** Tests the connection or changes a secret (forms), or saves settings (JSON). */
export function action({ request, params: { projectId = '' } }: ActionFunctionArgs) {
  return actOnProject(request, projectId);
}

export default function ProjectRoute() {
  return <ProjectPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
