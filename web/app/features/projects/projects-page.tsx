import { Link } from '@remix-run/react';
import { FolderGit2Icon, FolderIcon, PlusIcon } from 'lucide-react';
import { EmptyState } from '~/components/empty-state.tsx';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Pager } from '~/features/runs/pager.tsx';
import type { Schemas } from '~/lib/api.ts';
import { plural } from '~/lib/format.ts';

interface ProjectsPageProps {
  projects: readonly { project: Schemas['Project']; isSample: boolean }[];
  mayAdd: boolean;
  nextCursor: string | null;
  /** True on a page after the first. */
  isOlder: boolean;
}

/** The repositories that requests are about. */
export function ProjectsPage({ projects, mayAdd, nextCursor, isOlder }: ProjectsPageProps) {
  const add = mayAdd && (
    <Button asChild>
      <Link to="/projects/new">
        <PlusIcon aria-hidden /> Add a project
      </Link>
    </Button>
  );
  return (
    <Page>
      <PageHeader
        title="Projects"
        description="The repositories that requests are about, and how changes to each are checked and approved."
        actions={add}
      />
      {projects.length === 0 ? (
        <EmptyState icon={FolderGit2Icon} title="No projects yet" action={add}>
          Add a repository by its address, or a folder of this machine. Nothing in it is changed until somebody approves it.
        </EmptyState>
      ) : (
        <ul className="grid gap-3 md:grid-cols-2">
          {projects.map(({ project, isSample }) => (
            <ProjectCard key={project.projectId} project={project} isSample={isSample} />
          ))}
        </ul>
      )}
      <Pager nextCursor={nextCursor} isOlder={isOlder} search={new URLSearchParams()} />
    </Page>
  );
}

function ProjectCard({ project, isSample }: { project: Schemas['Project']; isSample: boolean }) {
  const { settings } = project;
  const Icon = project.repositoryKind === 'git' ? FolderGit2Icon : FolderIcon;
  return (
    <li className="flex min-w-0 flex-col gap-2.5 rounded-lg border bg-card p-4">
      <div className="flex min-w-0 items-center gap-2">
        <Icon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
        <h2 className="min-w-0 truncate font-medium">
          <Link to={`/projects/${project.projectId}`} className="block min-h-6 truncate leading-6 hover:underline">
            {project.name}
          </Link>
        </h2>
        {isSample && <Badge variant="default">Sample</Badge>}
        <Button asChild variant="outline" size="sm" className="ml-auto">
          <Link to={`/requests/new?project=${encodeURIComponent(project.projectId)}`} aria-label={`New request in ${project.name}`}>
            New request
          </Link>
        </Button>
      </div>
      <p className="truncate font-mono text-xs text-muted-foreground" title={project.repositoryUrl}>
        {project.repositoryUrl}
      </p>
      <div className="flex flex-wrap gap-1.5">
        <Badge variant="outline">{project.defaultBranch}</Badge>
        <Badge variant="outline">{plural(settings.checks.length, 'check')}</Badge>
        <Badge variant="outline">{plural(settings.gates.patch.required, 'approval')}</Badge>
        {settings.planFirst && <Badge variant="outline">plan first</Badge>}
        {project.forge !== 'local' && <Badge variant="outline">{project.forge}</Badge>}
      </div>
    </li>
  );
}
