import type { RunLogScope } from '../../db/run-log/port.ts';
import type { ProjectPlan } from '../../config/project-file.ts';
import type { ProjectRow } from '../../db/projects.ts';
import { placeWorkspace } from '../../db/workspace-places.ts';
import { renewWorkspaceLease } from '../../db/workspaces.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import type { ExecutorSpec, SupervisorJob } from '../../workflows/contracts/supervisor.ts';
import type { PreparedRun } from '../../workspace/gateway/git/port.ts';
import type { Workspace, WorkspaceSpec } from '../../workspace/port.ts';
import { leaseMs, renewEveryMs, type HostDependencies } from './dependencies.ts';
import { projectEgress } from './egress.ts';
import { createStepWriter } from './step-events.ts';
import { requireOffered } from './project-wishes.ts';
import { chooseSnapshot } from './setup-snapshot.ts';
import type { Session } from './start-decisions.ts';

/** What a new workspace is made of. */
export interface PlaceInput {
  workspaceId: string;
  runId: string;
  attempt: number;
  purpose: 'agent' | 'checks' | 'review';
  request: RunInput['request'];
  project: ProjectRow;
  prepared: PreparedRun;
  /** Where finalising and saves start. */
  baseCommit: string;
  executor: ExecutorSpec;
  session: Session | null;
  setup: string | null;
  /** The project's; null: the installation's. */
  image: string | null;
  services: ProjectPlan['services'];
  /** Where the steps of making it are written. */
  log: RunLogScope;
  /** What is written there first. */
  logAfter?: Promise<unknown>;
}

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
    deps.issueToken({ tenantId, requestId, workspaceId, setupKey: snapshot?.key }),
    deps.database.withTenant(tenantId, (tx) => placeWorkspace(tx, rowOf(deps, input))),
  ]);
  const steps = createStepWriter(deps, input.log, input.logAfter);
  try {
    return await deps.provisioner.create(specOf(deps, input, { runToken, snapshot }), steps.listen);
  } finally {
    await steps.written();
  }
}

function rowOf(deps: HostDependencies, input: PlaceInput) {
  const { workspaceId, runId, attempt, purpose, baseCommit, project, request } = input;
  return {
    tenantId: request.tenantId,
    workspaceId,
    requestId: request.requestId,
    runId,
    attempt,
    hostId: deps.settings.hostId,
    provisioner: deps.provisioner.name,
    purpose,
    state: 'active' as const,
    leaseMs,
    baseCommit,
    egressAllow: projectEgress(deps.settings.egressAllow, project.settings.egress),
    modelAllowed: purpose !== 'checks',
  };
}

function specOf(
  deps: HostDependencies,
  input: PlaceInput,
  { runToken, snapshot }: { runToken: string; snapshot: SupervisorJob['snapshot'] },
): WorkspaceSpec {
  const { image, services } = input;
  return { job: jobOf(deps, input, snapshot), runToken, services, ...(image === null ? {} : { image }) };
}

function jobOf(deps: HostDependencies, input: PlaceInput, snapshot: SupervisorJob['snapshot']): SupervisorJob {
  const { workspaceId, runId, executor, prepared, baseCommit, session, setup } = input;
  const { limits, maxFileBytes, saveEveryMs } = deps.settings;
  return {
    workspaceId,
    runId,
    executor,
    checkout: { ref: prepared.ref, commit: prepared.startCommit, baseCommit },
    session,
    setup,
    snapshot,
    saveEveryMs,
    limits,
    maxFileBytes,
    model: modelOf(deps, input.request, input.project),
    modelPlace: deps.settings.modelPlace,
  };
}

/** The model of a request: its own, its project's, or the installation's. */
export function modelOf(deps: HostDependencies, request: RunInput['request'], project: ProjectRow): string {
  return request.model ?? project.settings.model ?? deps.settings.model;
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
