import { createHash } from 'node:crypto';
import type { HostDependencies } from './dependencies.ts';
import { egressOf, specOf, type PlaceRecipe } from './place-spec.ts';

/**
 * Stands for everything that makes a warm place what it is: a run that asks for another one makes its own. Only this process makes and
 * gives places of its keys, so what it was started with needs no mention. What a setup makes belongs to the commit in which it ran;
 * without one a place moves to any commit. Pure.
 */
export function warmKey({ settings, provisioner }: Pick<HostDependencies, 'settings' | 'provisioner'>, input: PlaceRecipe): string {
  const { project, request, setup, baseCommit } = input;
  const { job, image, services } = specOf(settings, input, { runToken: '', snapshot: null });
  const ofNobody = { ...job, workspaceId: '', runId: '', checkout: null };
  const facts = {
    instance: settings.instance,
    provisioner: provisioner.name,
    tenantId: request.tenantId,
    projectId: project.projectId,
    baseBranch: request.baseBranch,
    job: ofNobody,
    image,
    services,
    egress: egressOf(settings, project),
    // What the checkout's configuration says of them is written when it is made.
    submodules: project.settings.submodules ?? [],
    setUpIn: setup === null ? null : baseCommit,
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
