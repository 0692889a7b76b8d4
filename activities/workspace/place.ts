import { placeWorkspace } from '../../db/workspace-places.ts';
import { renewWorkspaceLease, type NewWorkspace } from '../../db/workspaces.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { Workspace } from '../../workspace/port.ts';
import { leaseMs, renewEveryMs, type HostDependencies } from './dependencies.ts';
import { egressOf, specOf, type PlaceInput } from './place-spec.ts';
import { requireOffered } from './project-wishes.ts';
import { chooseSnapshot } from './setup-snapshot.ts';
import { warmKey } from './warm-key.ts';

/** Writes the workspace's row, then makes it: its token works from the first request on, and no place is without a row. */
export async function makePlace(deps: HostDependencies, input: PlaceInput): Promise<Workspace> {
  const { tenantId, requestId } = input.request;
  const { workspaceId } = input;
  requireOffered(deps.provisioner, input);
  // A retry: what an earlier try made is adopted, dead or alive; whoever watches it says how it ended.
  const made = await deps.provisioner.adopt(workspaceId);
  if (made !== null && (await made.state()).status === 'exited') return made;
  const snapshot = await chooseSnapshot(deps, input);
  const [runToken] = await Promise.all([
    deps.issueToken({ tenantId, requestId: requestId ?? undefined, workspaceId, setupKey: snapshot?.key }),
    deps.database.withTenant(tenantId, (tx) => placeWorkspace(tx, rowOf(deps, input))),
  ]);
  try {
    return await deps.provisioner.create(specOf(deps.settings, input, { runToken, snapshot }), input.steps.listen);
  } finally {
    await input.steps.written();
  }
}

function rowOf(deps: HostDependencies, input: PlaceInput): NewWorkspace {
  const { workspaceId, runId, attempt, purpose, baseCommit, project, request } = input;
  const isOfNobody = request.requestId === null;
  return {
    tenantId: request.tenantId,
    workspaceId,
    requestId: request.requestId,
    runId,
    attempt,
    hostId: deps.settings.hostId,
    provisioner: deps.provisioner.name,
    purpose,
    state: 'active',
    leaseMs,
    baseCommit,
    egressAllow: egressOf(deps.settings, project),
    modelAllowed: purpose !== 'checks' && !isOfNobody,
    ...(isOfNobody ? { projectId: project.projectId, warmKey: warmKey(deps, input) } : {}),
  };
}

/** Renews a workspace's lease while `work` runs: a host ends places for checks and reviews whose lease is over. */
export async function withLease<T>(
  deps: HostDependencies,
  place: { tenantId: string; workspaceId: string },
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => {
    deps.database
      .withTenant(place.tenantId, (tx) => renewWorkspaceLease(tx, place.workspaceId, leaseMs))
      .catch((error: unknown) => deps.logger.warn('a lease was not renewed', { ...place, reason: messageOf(error) }));
  }, renewEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
