/** Name of the sample project that every installation has from its first start. */
export const sampleProjectName = 'getting-started';

/** What the samples are there for: the prompt that their one failing test waits for. */
export const samplePrompt = 'make the failing test pass';

const sampleName = /^(?:sample|getting-started)(?:-\d+)?$/;

/**
 * True for a project that AstraForge made itself to be tried out: one of the start, or of a demo. Known by its name and by its
 * place in the installation's own folder of repositories; a person's project of the same name is none.
 */
export function isSampleProject(project: { name: string; forge: string; repositoryUrl: string }): boolean {
  return project.forge === 'local' && sampleName.test(project.name) && project.repositoryUrl.endsWith(`/forge/${project.name}.git`);
}
