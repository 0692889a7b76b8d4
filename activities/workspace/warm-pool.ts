import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { getProject, type ProjectRow } from '../../db/projects.ts';
import { closeWarm, listWarmProjects } from '../../db/warm-workspaces.ts';
import { listWorkspacesOfHost, type WorkspaceRow } from '../../db/workspaces.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { isAway } from '../../workspace/away.ts';
import type { HostDependencies } from './dependencies.ts';
import { endPlaces } from './end-places.ts';
import { createPatientTries } from './patient-tries.ts';
import { dropOwnRepository, dropRepository } from './release.ts';
import { keepRounds } from './rounds.ts';
import { waitAfter, warmWork, type WantedWarm } from './warm-decisions.ts';
import { createWarmLooks, type WarmLook } from './warm-looks.ts';
import { makeWarm, warmRecipe } from './warm-place.ts';

/** How long a stop waits for what is being made to end, ms. */
const stopWithinMs = 2_000;

/** Keeps warm workspaces on this host, as many as its projects want. */
export interface WarmPool {
  /** Ends those that no run may get any more, and begins to make one that is lacking, unless one is being made or a run starts here. */
  round(): Promise<void>;
  /** Once nothing is being made. */
  filled(): Promise<void>;
  /** Ends what is being made. */
  stop(): Promise<void>;
}

/** A pool for one process. What cannot be made is logged once, and tried again ever more seldom. */
export function createWarmPool(deps: HostDependencies): WarmPool {
  const stopping = new AbortController();
  const patient = (message: string) =>
    createPatientTries({
      now: deps.now,
      waitAfter,
      onFailure: ({ owner: projectId, error, times, retryInMs }) => {
        if (times > 1 || stopping.signal.aborted) return;
        deps.logger.warn(message, { projectId, reason: messageOf(error), retryInMs });
      },
    });
  const looks = createWarmLooks(deps, patient('what warm workspaces would be made of cannot be looked up; those that wait stay'));
  const makes = patient('a warm workspace cannot be made; runs make their own');
  const begunAtMs = new Map<string, number>();
  let making: { workspaceId: string; done: Promise<void> } | null = null;

  async function round(): Promise<void> {
    // What is made in the middle of a round is not among the places that it reads.
    const isFree = making === null;
    const { named, places } = await deps.database.asHousekeeper(async (tx) => {
      const rows = await listWorkspacesOfHost(tx, deps.settings.hostId);
      return { named: await listWarmProjects(tx), places: rows.filter((row) => row.state === 'warm') };
    });
    for (const projectId of deps.starts.takeMissed()) looks.doubt(projectId);
    const wanted: (WantedWarm & { project: ProjectRow; look: WarmLook | null })[] = [];
    for (const { tenantId, projectId } of named) {
      const project = await deps.database.withTenant(tenantId, (tx) => getProject(tx, projectId));
      if (!project) continue;
      const look = await looks.at(project);
      const mayMake = look !== null && !makes.isWaiting(projectId, look.kind);
      wanted.push({ projectId, project, count: project.warmWorkspaces, look, key: look?.key ?? null, mayMake });
    }
    // Where there is no room for all, those for which none was made for longest come first.
    wanted.sort((a, b) => (begunAtMs.get(a.projectId) ?? 0) - (begunAtMs.get(b.projectId) ?? 0));
    const { close, lacking } = warmWork(wanted, places, await livingOf(deps, places), deps.settings.warmWorkspacesMax);
    for (const place of places) if (close.includes(place.workspaceId)) await end(deps, place);
    const next = wanted.find(({ projectId }) => projectId === lacking[0]);
    if (isFree && next?.look) begin(next.project, next.look.kind);
  }

  /** Not waited for: what is there is cared for meanwhile. */
  function begin(project: ProjectRow, kind: string): void {
    if (stopping.signal.aborted || deps.starts.isBusy()) return;
    const workspaceId = `warm-${uuid()}`;
    begunAtMs.set(project.projectId, deps.now());
    const done = make(project, kind, workspaceId).finally(() => (making = null));
    making = { workspaceId, done };
  }

  async function make(project: ProjectRow, kind: string, workspaceId: string): Promise<void> {
    const { projectId } = project;
    const startedAtMs = deps.now();
    const made = await makes.run(projectId, kind, async () => {
      try {
        const recipe = await warmRecipe(deps, project, workspaceId);
        looks.note(project, recipe);
        await makeWarm(deps, recipe, stopping.signal);
        return true;
      } finally {
        await dropRepository(deps, workspaceId);
      }
    });
    if (made) deps.logger.info('a warm workspace waits', { projectId, workspaceId, madeInMs: deps.now() - startedAtMs });
  }

  return {
    round,
    filled: async () => making?.done,
    async stop() {
      stopping.abort();
      if (making !== null) await endPlaces(deps, [making.workspaceId]);
    },
  };
}

/** Those of these places that are at work. */
async function livingOf(deps: HostDependencies, places: readonly WorkspaceRow[]): Promise<Set<string>> {
  const living = new Set<string>();
  for (const { workspaceId } of places) if (await isAlive(deps, workspaceId)) living.add(workspaceId);
  return living;
}

/** One that cannot say how it is counts as dead, unless nothing is known of any. */
async function isAlive({ provisioner, logger }: HostDependencies, workspaceId: string): Promise<boolean> {
  try {
    const workspace = await provisioner.adopt(workspaceId);
    return workspace !== null && (await workspace.state()).status === 'running';
  } catch (error) {
    if (isAway(error)) throw error;
    logger.warn('a warm workspace does not say how it is and is thrown away', { workspaceId, reason: messageOf(error) });
    return false;
  }
}

/** Unless a run takes it meanwhile. */
async function end(deps: HostDependencies, place: WorkspaceRow): Promise<void> {
  const { tenantId, workspaceId } = place;
  const isOurs = await deps.database.withTenant(tenantId, (tx) => closeWarm(tx, workspaceId));
  if (!isOurs) return;
  await endPlaces(deps, [workspaceId]);
  await dropOwnRepository(deps, place);
}

/** Keeps the pool until stopped. */
export function keepPoolWarm(deps: HostDependencies, everyMs: number): () => Promise<void> {
  const pool = createWarmPool(deps);
  const stopRounds = keepRounds(pool.round, everyMs, (error) =>
    deps.logger.warn('a round of the warm pool failed', { reason: messageOf(error) }),
  );
  return async () => {
    const ended = Promise.all([stopRounds(), pool.stop().then(() => pool.filled())]);
    await Promise.race([ended, sleep(stopWithinMs, undefined, { ref: false })]);
  };
}
