import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { getProject, type ProjectRow } from '../../db/projects.ts';
import { closeWarm, listWarmProjects } from '../../db/warm-workspaces.ts';
import { listWorkspacesOfHost, type WorkspaceRow } from '../../db/workspaces.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { HostDependencies } from './dependencies.ts';
import { endPlaces } from './end-places.ts';
import { createPatientTries } from './patient-tries.ts';
import { dropRepository } from './release.ts';
import { keepRounds } from './rounds.ts';
import { waitAfter, warmWork, type WantedWarm } from './warm-decisions.ts';
import { warmKey } from './warm-key.ts';
import { createWarmLooks } from './warm-looks.ts';
import { makeWarm, warmRecipe } from './warm-place.ts';

/** How long a stop waits for what is being made to end, ms. */
const stopWithinMs = 2_000;

/** Keeps warm workspaces on this host, as many as its projects want. */
export interface WarmPool {
  /** Ends those that no run may get any more and makes what is lacking, one after the other, as long as no run starts. */
  round(): Promise<void>;
  /** Ends what is being made. */
  stop(): Promise<void>;
}

/** A pool for one process. What cannot be made is logged once, and tried again ever more seldom. */
export function createWarmPool(deps: HostDependencies): WarmPool {
  const stopping = new AbortController();
  const tries = createPatientTries({
    now: deps.now,
    waitAfter,
    onFailure: ({ owner: projectId, error, times, retryInMs }) => {
      if (times > 1 || stopping.signal.aborted) return;
      const fields = { projectId, reason: messageOf(error), retryInMs };
      deps.logger.warn('a warm workspace cannot be made; runs make their own', fields);
    },
  });
  const looks = createWarmLooks(deps, tries);
  let making: string | null = null;

  async function round(): Promise<void> {
    const { named, places } = await deps.database.asHousekeeper(async (tx) => {
      const rows = await listWorkspacesOfHost(tx, deps.settings.hostId);
      return { named: await listWarmProjects(tx), places: rows.filter((row) => row.state === 'warm') };
    });
    for (const projectId of deps.starts.takeMissed()) looks.doubt(projectId);
    const wanted: (WantedWarm & { project: ProjectRow })[] = [];
    for (const { tenantId, projectId } of named) {
      const project = await deps.database.withTenant(tenantId, (tx) => getProject(tx, projectId));
      if (project) wanted.push({ projectId, project, count: project.warmWorkspaces, key: await looks.keyOf(project) });
    }
    const { close, lacking } = warmWork(wanted, places, await livingOf(deps, places), deps.settings.warmWorkspacesMax);
    for (const place of places) if (close.includes(place.workspaceId)) await end(deps, place);
    for (const projectId of lacking) {
      if (stopping.signal.aborted || deps.starts.isBusy()) return;
      const next = wanted.find((one) => one.projectId === projectId);
      if (next?.key) await make(next.project, next.key);
    }
  }

  async function make(project: ProjectRow, key: string): Promise<void> {
    const workspaceId = `warm-${uuid()}`;
    const { projectId } = project;
    const startedAtMs = deps.now();
    making = workspaceId;
    const made = await tries.run(projectId, key, async () => {
      try {
        const recipe = await warmRecipe(deps, project, workspaceId);
        looks.note(project, warmKey(deps, recipe));
        await makeWarm(deps, recipe, stopping.signal);
        return true;
      } finally {
        await dropRepository(deps, workspaceId);
      }
    });
    making = null;
    if (made) deps.logger.info('a warm workspace waits', { projectId, workspaceId, madeInMs: deps.now() - startedAtMs });
  }

  return {
    round,
    async stop() {
      stopping.abort();
      if (making !== null) await endPlaces(deps, [making]);
    },
  };
}

/** Those of these places that are at work. */
async function livingOf({ provisioner }: HostDependencies, places: readonly WorkspaceRow[]): Promise<Set<string>> {
  const living = new Set<string>();
  for (const { workspaceId } of places) {
    const workspace = await provisioner.adopt(workspaceId);
    if (workspace !== null && (await workspace.state()).status === 'running') living.add(workspaceId);
  }
  return living;
}

/** Unless a run takes it meanwhile. */
async function end(deps: HostDependencies, { tenantId, workspaceId }: WorkspaceRow): Promise<void> {
  const isOurs = await deps.database.withTenant(tenantId, (tx) => closeWarm(tx, workspaceId));
  if (isOurs) await endPlaces(deps, [workspaceId]);
}

/** Keeps the pool until stopped. */
export function keepPoolWarm(deps: HostDependencies, everyMs: number): () => Promise<void> {
  const pool = createWarmPool(deps);
  const stopRounds = keepRounds(pool.round, everyMs, (error) =>
    deps.logger.warn('a round of the warm pool failed', { reason: messageOf(error) }),
  );
  return async () => {
    const lastRound = stopRounds();
    await pool.stop();
    await Promise.race([lastRound, sleep(stopWithinMs, undefined, { ref: false })]);
  };
}
