import { closeWorkspaces, takeIdleWorkspace } from '../../db/workspace-places.ts';
import { claimWarm } from '../../db/warm-workspaces.ts';
import type { WorkspaceRow } from '../../db/workspaces.ts';
import type { StartTurnInput } from '../../workflows/contracts/activities.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { isAway } from '../../workspace/away.ts';
import type { Workspace } from '../../workspace/port.ts';
import { leaseMs, type HostDependencies } from './dependencies.ts';
import { endPlaces } from './end-places.ts';
import { firstEvent } from './first-event.ts';
import type { PlaceRecipe } from './place-spec.ts';
import { mayTakeWarm, reusable, type StartPoint } from './start-decisions.ts';
import { warmKey } from './warm-key.ts';

/** How long a warm place may take until it says that it is where a run starts, ms. */
const answerWithinMs = 30_000;

/** A place that was there already, moved to where the attempt starts. */
export interface ReusedPlace {
  workspace: Workspace;
  /** When it was made, where it waited for a first run; null where it is the request's own. */
  warmSinceMs: number | null;
}

/** What is known of a place that waited for a first run: since when it is there, and how far its event file went when it was ready. */
type Warm = Pick<WorkspaceRow, 'createdAt' | 'readyOffset'>;

interface Reuse extends StartTurnInput {
  point: StartPoint;
  /** Agent workspaces that the request has had. */
  rows: WorkspaceRow[];
  /** The run begins anew, and a warm one was seen before the place of this attempt was begun. */
  mayFindWarm: boolean;
  /** What a new place would be made of. */
  recipe: PlaceRecipe;
}

/**
 * The place that an earlier try of this attempt took over, an idle one of the request, or a warm one of its project, alive here and moved
 * to the start commit; null: make a new one. One that is of no use is thrown away, and never why a run fails.
 */
export async function reusePlace(deps: HostDependencies, input: Reuse): Promise<ReusedPlace | null> {
  const { run, attempt, point, rows, recipe, mayFindWarm } = input;
  const { hostId } = deps.settings;
  const own = rows.find(
    (row) =>
      row.state === 'active' &&
      row.runId === run.runId &&
      row.hostId === hostId &&
      row.attempt === attempt &&
      row.workspaceId !== recipe.workspaceId,
  );
  // A claimed one keeps its project for good. In a follow-up, which begins at a checkpoint, it has obeyed before.
  const warm = own && own.projectId !== null && point.kind === 'base' ? own : null;
  const taken = own && (await takeOver(deps, input, own.workspaceId, warm));
  if (taken) return taken;
  const kept = await takeIdle(deps, input);
  if (kept || !mayFindWarm || point.kind !== 'base' || !mayTakeWarm(run, rows)) return kept;
  return takeWarm(deps, input);
}

async function takeIdle(deps: HostDependencies, input: Reuse): Promise<ReusedPlace | null> {
  const { run, attempt, point, rows, recipe } = input;
  const { baseCommit } = recipe;
  const { requestId } = run.request;
  const idle = rows.filter((row) => row.state === 'idle').map((row) => ({ ...row, createdAtMs: row.createdAt.getTime() }));
  for (const { workspaceId } of reusable({ requestId, attempt, point }, deps.settings.hostId, idle)) {
    const mine = await deps.database.withTenant(run.request.tenantId, (tx) =>
      takeIdleWorkspace(tx, workspaceId, { runId: run.runId, attempt, baseCommit, leaseMs }),
    );
    const taken = mine ? await takeOver(deps, input, workspaceId, null) : null;
    if (taken) return taken;
  }
  return null;
}

async function takeWarm(deps: HostDependencies, input: Reuse): Promise<ReusedPlace | null> {
  const { run, attempt, recipe } = input;
  const { tenantId, requestId } = run.request;
  const { hostId } = deps.settings;
  const taker = { requestId, runId: run.runId, attempt, baseCommit: recipe.baseCommit, leaseMs };
  const claimed = await deps.database.withTenant(tenantId, (tx) => claimWarm(tx, { hostId, warmKey: warmKey(deps, recipe) }, taker));
  if (claimed === null) {
    deps.starts.missed(recipe.project.projectId);
    return null;
  }
  return takeOver(deps, input, claimed.workspaceId, claimed);
}

/** The place where the attempt starts; null, and it is thrown away, when it is not alive or does not get there. */
async function takeOver(deps: HostDependencies, input: Reuse, workspaceId: string, warm: Warm | null): Promise<ReusedPlace | null> {
  try {
    const workspace = await deps.provisioner.adopt(workspaceId);
    if (workspace !== null && (await workspace.state()).status === 'running') {
      await moveTo(workspace, input, warm);
      return { workspace, warmSinceMs: warm?.createdAt.getTime() ?? null };
    }
    if (warm) deps.logger.warn('a warm workspace has died and is thrown away', { workspaceId });
  } catch (error) {
    // Of a place whose daemon is away nothing is known. A run loses no more than time by any other fault of a warm one.
    if (!warm || isAway(error)) throw error;
    deps.logger.warn('a warm workspace was of no use and is thrown away', { workspaceId, reason: messageOf(error) });
  }
  await deps.database.withTenant(input.run.request.tenantId, (tx) => closeWorkspaces(tx, [workspaceId]));
  await endPlaces(deps, [workspaceId]);
  return null;
}

/** Of a warm place nobody has seen yet that it obeys: it has to say that it is there. */
async function moveTo(workspace: Workspace, { turnMessageId, recipe }: Reuse, warm: Warm | null): Promise<void> {
  const messageId = `${turnMessageId}-reset`;
  await workspace.deliver({ messageId, kind: 'reset', commit: recipe.prepared.startCommit });
  if (!warm) return;
  const answer = await firstEvent(workspace, {
    offset: warm.readyOffset,
    pick: (event) => (event.type === 'command.done' && event.data.messageId === messageId ? event.data : null),
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const end = answer?.picked;
  if (end?.ok !== true)
    throw new DomainError(
      'transient',
      'place-lost',
      `warm workspace: it did not get to its start: ${end?.error ?? 'no answer'}; the run makes its own`,
    );
}
