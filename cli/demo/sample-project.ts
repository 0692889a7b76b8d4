import { isSampleProject, sampleProjectName } from '../../api/client/sample.ts';
import type { CliClient, NewProject, Project } from '../client.ts';
import { makeSampleRepository, type SampleRepository } from './sample-repository.ts';

/** How a sample is registered. */
export function sampleProject(sample: SampleRepository): NewProject {
  return {
    name: sample.name,
    repositoryUrl: sample.path,
    repositoryKind: 'git',
    forge: 'local',
    settings: { checks: [{ name: 'test', command: 'node --test' }] },
  };
}

/**
 * Makes the sample project where there is none yet, so that the first prompt needs no repository of one's own. Answers the new
 * project, null when a sample was there. DomainErrors of the repository and of the API.
 */
export async function ensureSampleProject(
  client: Pick<CliClient, 'listProjects' | 'createProject'>,
  forgeDir: string,
): Promise<Project | null> {
  const projects = await client.listProjects();
  if (projects.some(isSampleProject)) return null;
  const taken = new Set(projects.map((project) => project.name));
  const sample = await makeSampleRepository(forgeDir, (name) => !taken.has(name), sampleProjectName);
  return client.createProject(sampleProject(sample));
}
