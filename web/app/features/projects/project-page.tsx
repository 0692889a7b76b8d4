import { Link } from '@remix-run/react';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { Button } from '~/components/ui/button.tsx';
import { holdsRole } from '~/lib/roles.ts';
import { usePerson } from '~/lib/person.ts';
import type { Schemas } from '~/lib/api.ts';
import { ConnectionTest } from './connection-test.tsx';
import { ProjectSecrets } from './project-secrets.tsx';
import { SettingsEditor } from './settings-editor.tsx';

interface ProjectPageProps {
  project: Schemas['Project'];
  options: Schemas['Options'];
  secrets: readonly Schemas['ProjectSecretInfo'][];
  /** True right after it was added. */
  isNew: boolean;
}

/** A project: whether its repository can be reached, and its settings. */
export function ProjectPage({ project, options, secrets, isNew }: ProjectPageProps) {
  const { roles } = usePerson();
  const mayEdit = holdsRole(roles, 'admin');
  const submit = `/requests/new?project=${encodeURIComponent(project.projectId)}`;
  return (
    <Page width="narrow">
      <PageHeader
        title={project.name}
        description={
          <span className="font-mono text-xs break-all">
            {project.repositoryUrl} ({project.repositoryKind === 'folder' ? 'folder without git' : `forge ${project.forge}`})
          </span>
        }
        actions={
          <>
            <Button asChild variant="outline">
              <Link to={`/requests?project=${encodeURIComponent(project.projectId)}`}>Requests</Link>
            </Button>
            <Button asChild>
              <Link to={submit}>New request</Link>
            </Button>
          </>
        }
      />
      {isNew && (
        <p role="status" className="mb-4 rounded-lg border border-success/30 bg-success/5 px-4 py-3 text-sm">
          {project.name} is added; its base branch is {project.defaultBranch}. Set its checks below, or{' '}
          <Link to={submit} className="text-primary underline underline-offset-2">
            write the first prompt
          </Link>
          .
        </p>
      )}
      {!mayEdit && <p className="mb-4 text-sm text-muted-foreground">Only an admin may change these settings.</p>}
      <div className="mb-4">
        <ConnectionTest disabled={!holdsRole(roles, 'maintainer')} />
      </div>
      <div className="mb-4">
        <ProjectSecrets secrets={secrets} mayEdit={mayEdit} />
      </div>
      <SettingsEditor key={project.projectId} project={project} options={options} mayEdit={mayEdit} />
    </Page>
  );
}
