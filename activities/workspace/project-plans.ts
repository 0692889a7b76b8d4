import type { ProjectRow } from '../../db/projects.ts';
import type { GitService } from '../../workspace/gateway/git/port.ts';
import { mergeProject, parseProjectFile, projectFileName, type ProjectPlan } from '../../config/project-file.ts';

const maxRemembered = 500;

/** The projects' own files by base commit: content-addressed, so remembering is safe. */
export interface ProjectPlans {
  /** Keeps what was read when the run was prepared. */
  remember(projectId: string, baseCommit: string, text: string | null): void;
  /** Settings merged with `.astraforge.yml` of a base commit. DomainError `project-file-invalid`. */
  planAt(project: ProjectRow, at: { baseCommit: string; commit: string; bundleArtifactId: string }): Promise<ProjectPlan>;
}

/** Reads project files through the gateway and remembers the latest ones. */
export function createProjectPlans(git: Pick<GitService, 'file'>): ProjectPlans {
  const texts = new Map<string, string | null>();

  function remember(projectId: string, baseCommit: string, text: string | null): void {
    const oldest = texts.keys().next();
    if (texts.size >= maxRemembered && !oldest.done) texts.delete(oldest.value);
    texts.set(`${projectId}/${baseCommit}`, text);
  }

  return {
    remember,
    async planAt(project, at) {
      const key = `${project.projectId}/${at.baseCommit}`;
      let text = texts.get(key);
      if (text === undefined) {
        const { tenantId, projectId } = project;
        const { baseCommit, bundleArtifactId } = at;
        const bytes = await git.file({ tenantId, projectId, baseCommit, commit: baseCommit, bundleArtifactId, path: projectFileName });
        text = bytes === null ? null : new TextDecoder().decode(bytes);
        remember(project.projectId, baseCommit, text);
      }
      return mergeProject(project.settings, parseProjectFile(text));
    },
  };
}
