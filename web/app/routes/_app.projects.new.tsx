import { type MetaFunction, useActionData, useLoaderData } from '@remix-run/react';
import { type ActionFunctionArgs, data, type LoaderFunctionArgs, redirect } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { projectCreateOf, readNewProject } from '~/features/projects/new-project.ts';
import { NewProjectPage } from '~/features/projects/new-project-page.tsx';
import { apiOf } from '~/lib/api.server.ts';
import { outcome, unwrap } from '~/lib/api.ts';

export const meta: MetaFunction = () => [{ title: 'Add a project · AstraForge' }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { forges } = unwrap(await apiOf(request).GET('/api/options'));
  return { forges };
}

/** Adds the project and goes on to its page. */
export async function action({ request }: ActionFunctionArgs) {
  const form = readNewProject(await request.formData());
  const params = { header: { 'Idempotency-Key': crypto.randomUUID() } };
  const created = outcome(await apiOf(request).POST('/api/projects', { params, body: projectCreateOf(form) }));
  if (!created.ok) return data({ problem: created.problem }, { status: created.problem.status });
  throw redirect(`/projects/${created.data.projectId}?added`);
}

export default function NewProjectRoute() {
  const { forges } = useLoaderData<typeof loader>();
  return <NewProjectPage forges={forges} problem={useActionData<typeof action>()?.problem ?? null} />;
}

export { RouteError as ErrorBoundary };
