import { createHash } from 'node:crypto';
import type { HostDependencies } from './dependencies.ts';
import { egressOf, specOf, type PlaceRecipe } from './place-spec.ts';

type KeyDependencies = Pick<HostDependencies, 'settings' | 'provisioner'>;

/**
 * Stands for everything that makes a warm place what it is: a run that asks for another one makes its own. Only this process makes and
 * gives places of its keys, so what it was started with needs no mention. What a setup makes belongs to the commit in which it ran;
 * without one a place moves to any commit. Pure.
 */
export function warmKey(deps: KeyDependencies, recipe: PlaceRecipe): string {
  return hash({ ...factsOf(deps, recipe), setUpIn: recipe.setup === null ? null : recipe.baseCommit });
}

/** The same for every commit: what cannot be made in one will hardly be made in the next. Pure. */
export function warmKind(deps: KeyDependencies, recipe: PlaceRecipe): string {
  return hash(factsOf(deps, recipe));
}

function factsOf({ settings, provisioner }: KeyDependencies, recipe: PlaceRecipe) {
  const { project, request } = recipe;
  const { job, image, services } = specOf(settings, recipe, { runToken: '', snapshot: null });
  return {
    instance: settings.instance,
    provisioner: provisioner.name,
    tenantId: request.tenantId,
    projectId: project.projectId,
    baseBranch: request.baseBranch,
    job: { ...job, workspaceId: '', runId: '', checkout: null },
    image,
    services,
    egress: egressOf(settings, project),
    // What the checkout's configuration says of them is written when it is made.
    submodules: project.settings.submodules ?? [],
  };
}

function hash(facts: object): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
