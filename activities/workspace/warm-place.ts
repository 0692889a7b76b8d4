import { closeWorkspaces } from '../../db/workspace-places.ts';
import { keepWarm } from '../../db/warm-workspaces.ts';
import type { ProjectRow } from '../../db/projects.ts';
import { mergeProject, parseProjectFile } from '../../config/project-file.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import type { PreparedRun, RepositorySource } from '../../workspace/gateway/git/port.ts';
import type { Workspace } from '../../workspace/port.ts';
import type { HostDependencies } from './dependencies.ts';
import { endPlaces } from './end-places.ts';
import { firstEvent } from './first-event.ts';
import { makePlace, withLease } from './place.ts';
import type { PlaceRecipe } from './place-spec.ts';
import { executorSpec } from './start-decisions.ts';

/** What clone, agent and setup may take, ms. */
const readyWithinMs = 15 * 60_000;
/** How much of what a failing setup said last is told. */
const lastWordsChars = 300;

/**
 * What a workspace for a first run of the project is made of now. Makes the repository `workspaceId`, from which it can be made: the
 * caller removes that.
 */
export async function warmRecipe(deps: HostDependencies, project: ProjectRow, workspaceId: string): Promise<PlaceRecipe> {
  const { tenantId, projectId, defaultBranch: baseBranch } = project;
  const prepared = await deps.git.prepareRun({
    tenantId,
    projectId,
    runId: workspaceId,
    source: sourceOf(project),
    baseBranch,
    from: null,
  });
  return recipeOf(deps, project, workspaceId, prepared);
}

/** The same for its key alone: there is no repository from which one could be made. */
export async function warmOutline(deps: HostDependencies, project: ProjectRow): Promise<PlaceRecipe> {
  const { tenantId, projectId, defaultBranch: branch } = project;
  const tip = await deps.git.branchTip({ tenantId, projectId, source: sourceOf(project), branch });
  return recipeOf(deps, project, '', { ...tip, startCommit: tip.baseCommit, ref: branch });
}

function sourceOf({ repositoryKind: kind, repositoryUrl: url }: ProjectRow): RepositorySource {
  return { kind, url };
}

function recipeOf(deps: HostDependencies, project: ProjectRow, workspaceId: string, prepared: PreparedRun): PlaceRecipe {
  const { tenantId, settings, defaultBranch: baseBranch } = project;
  const { setup, image, services } = mergeProject(settings, parseProjectFile(prepared.projectFile));
  return {
    workspaceId,
    runId: workspaceId,
    attempt: 0,
    purpose: 'agent',
    request: { tenantId, requestId: null, baseBranch, model: null },
    project,
    prepared,
    baseCommit: prepared.baseCommit,
    executor: executorSpec(settings.executor ?? deps.settings.executor, deps.settings.executorCommand),
    session: null,
    setup,
    image,
    services,
  };
}

/** Makes a workspace and lays it aside once its agent and its setup are ready. What fails leaves nothing. */
export async function makeWarm(deps: HostDependencies, recipe: PlaceRecipe, signal: AbortSignal): Promise<void> {
  const { workspaceId } = recipe;
  const { tenantId } = recipe.request;
  try {
    signal.throwIfAborted();
    const readyOffset = await withLease(deps, { tenantId, workspaceId }, async () => {
      const workspace = await makePlace(deps, { ...recipe, steps: untold });
      return untilReady(workspace, AbortSignal.any([signal, AbortSignal.timeout(readyWithinMs)]));
    });
    const isKept = await deps.database.withTenant(tenantId, (tx) =>
      keepWarm(tx, workspaceId, { lifeMs: deps.settings.warmWorkspaceMs, readyOffset }),
    );
    if (!isKept)
      throw new DomainError('transient', 'place-lost', 'warm workspace: it was ended while it was made; a later round makes another');
  } catch (error) {
    await discard(deps, tenantId, workspaceId);
    throw error;
  }
}

/** No request waits for it. */
const untold = { listen: () => undefined, written: () => Promise.resolve() };

/** How far its event file goes then. */
async function untilReady(workspace: Workspace, signal: AbortSignal): Promise<number> {
  let said = '';
  const end = await firstEvent(workspace, {
    offset: 0,
    pick: (event) => {
      if (event.type === 'setup.output') said = (said + event.data.text).slice(-lastWordsChars);
      if (event.type === 'error') return { failure: event.data.message };
      return event.type === 'workspace.ready' ? { failure: null } : null;
    },
    signal,
  });
  if (end?.picked.failure === null) return end.endOffset;
  const reason = end?.picked.failure ?? (signal.aborted ? 'it took too long, or this host stops' : 'it ended by itself; see its setup');
  const lastWords = said.trim() === '' ? '' : `; its setup said last: ${said.trim()}`;
  throw new DomainError('transient', 'setup-failed', `warm workspace: ${reason}${lastWords}`);
}

/** Its row first: a place without a living row is ended by the host's care, should it outlive this. Why it is of no use is told, whatever fails here. */
async function discard(deps: HostDependencies, tenantId: string, workspaceId: string): Promise<void> {
  try {
    await deps.database.withTenant(tenantId, (tx) => closeWorkspaces(tx, [workspaceId]));
  } catch (error) {
    deps.logger.warn('the row of a warm workspace was not closed; it lapses', { workspaceId, reason: messageOf(error) });
  }
  await endPlaces(deps, [workspaceId]);
}
