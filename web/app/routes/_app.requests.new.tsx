import { Link, type MetaFunction, redirect, useActionData, useLoaderData } from '@remix-run/react';
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/server-runtime';
import { FolderGit2Icon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { Page } from '~/components/page.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Composer } from '~/features/composer/composer.tsx';
import { bodyOfForm } from '~/features/composer/request-body.ts';
import { requestPath } from '~/features/requests/links.ts';
import { apiOf } from '~/lib/api.server.ts';
import { outcome, unwrap } from '~/lib/api.ts';

export const meta: MetaFunction = () => [{ title: 'New request · AstraForge' }];

/** What a request may choose from; `project`, `branch` and `text` of the address are where it begins. */
export async function loader({ request }: LoaderFunctionArgs) {
  const api = apiOf(request);
  const search = new URL(request.url).searchParams;
  const [projects, options, templates] = await Promise.all([
    api.GET('/api/projects', { params: { query: { limit: 200 } } }).then(unwrap),
    api.GET('/api/options').then(unwrap),
    api.GET('/api/prompt-templates', { params: { query: { limit: 200 } } }).then(unwrap),
  ]);
  const [project, baseBranch] = [search.get('project'), search.get('branch')];
  const given = { ...(project ? { project } : {}), ...(baseBranch ? { baseBranch } : {}) };
  return { projects: projects.items, options, templates: templates.items, given, text: (search.get('text') ?? '').slice(0, 10_000) };
}

/** Submits for browsers without scripts; the others ask the API themselves. */
export async function action({ request }: ActionFunctionArgs) {
  const body = bodyOfForm(await request.formData());
  const result = outcome(await apiOf(request).POST('/api/requests', { body }));
  if (!result.ok) return { problem: result.problem };
  return redirect(requestPath(result.data.requestId));
}

export default function NewRequest() {
  const { projects, options, templates, given, text } = useLoaderData<typeof loader>();
  const refused = useActionData<typeof action>()?.problem ?? null;
  return (
    <Page width="narrow">
      <PageHeader
        title="New request"
        description="Say what should change. You see every step, and nothing is published before it is approved."
      />
      {projects.length === 0 ? (
        <NoProject />
      ) : (
        <Composer projects={projects} options={options} templates={templates} given={given} text={text} refused={refused} />
      )}
    </Page>
  );
}

function NoProject() {
  return (
    <EmptyState
      icon={FolderGit2Icon}
      title="No project yet"
      action={
        <>
          <Button asChild>
            <Link to="/projects/new">Add a project</Link>
          </Button>
          <Button asChild variant="outline">
            <Link to="/welcome">Take the tour</Link>
          </Button>
        </>
      }
    >
      A request changes the repository of a project. Add yours by its address or its folder; the tour has a sample.
    </EmptyState>
  );
}
