import { type MetaFunction, useLoaderData } from '@remix-run/react';
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/server-runtime';
import { RouteError } from '~/components/route-error.tsx';
import { SettingsPage } from '~/features/settings/settings-page.tsx';
import { actOnTemplates } from '~/features/settings/templates-action.server.ts';
import { apiOf } from '~/lib/api.server.ts';
import { unwrap } from '~/lib/api.ts';

export const meta: MetaFunction = () => [{ title: 'Settings · AstraForge' }];

export async function loader({ request }: LoaderFunctionArgs) {
  const api = apiOf(request);
  const [templates, projects, people, options] = await Promise.all([
    api.GET('/api/prompt-templates', { params: { query: { limit: 200 } } }).then(unwrap),
    api.GET('/api/projects', { params: { query: { limit: 200 } } }).then(unwrap),
    api.GET('/api/people').then(unwrap),
    api.GET('/api/options').then(unwrap),
  ]);
  return {
    templates: templates.items,
    projects: projects.items.map(({ projectId, name }) => ({ projectId, name })),
    people: people.items,
    temporalUi: options.temporalUi,
  };
}

/** Changes of prompt templates. */
export function action({ request }: ActionFunctionArgs) {
  return actOnTemplates(request);
}

export default function SettingsRoute() {
  return <SettingsPage {...useLoaderData<typeof loader>()} />;
}

export { RouteError as ErrorBoundary };
