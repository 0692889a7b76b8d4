import type { ProjectPlan } from '../../config/project-file.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { Provisioner } from '../../workspace/port.ts';

/**
 * Refuses a project whose wishes the workspaces of this host cannot meet, before anything is made: tests in another place than
 * the one that they need would say nothing. DomainError `setup-failed`.
 */
export function requireOffered(
  { name, offers }: Pick<Provisioner, 'name' | 'offers'>,
  plan: Pick<ProjectPlan, 'image' | 'services'>,
): void {
  const [service] = plan.services;
  if (service !== undefined && !offers.includes('services'))
    throw new DomainError(
      'permanent',
      'setup-failed',
      `workspace: the project needs the service ${service.name}, and workspaces of kind ${name} have none: start a Docker daemon on this host and AstraForge again (PROVISIONER=docker), or take the services out of the project's settings or its .astraforge.yml`,
    );
  if (plan.image === null || offers.includes('image')) return;
  throw new DomainError(
    'permanent',
    'setup-failed',
    `workspace: the project names the image ${plan.image}, and workspaces of kind ${name} have none: start a Docker daemon on this host and AstraForge again, or take the image out of the project's settings or its .astraforge.yml`,
  );
}
