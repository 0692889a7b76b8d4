import { CancelledFailure, Context } from '@temporalio/activity';
import type { ProjectRow } from '../../db/projects.ts';
import { closeWorkspaces, listCheckWorkspaces } from '../../db/workspace-places.ts';
import type { WorkspaceActivities } from '../../workflows/contracts/activities.ts';
import type { EventType } from '../../workflows/contracts/events.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import type { Checkpoint, CheckResult } from '../../workflows/contracts/request.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import type { Workspace } from '../../workspace/port.ts';
import { isOutage } from '../tries.ts';
import { checkResults, newChecks, notTheChangesFault, reduceChecks, type CheckState } from './check-state.ts';
import type { HostDependencies } from './dependencies.ts';
import { endPlaces } from './end-places.ts';
import { dropRepository } from './release.ts';
import { follow } from './follow.ts';
import { stopCause, withHeartbeat } from './heartbeat.ts';
import { makePlace, withLease } from './place.ts';
import { createStepWriter } from './step-events.ts';
import type { ProjectPlan } from '../../config/project-file.ts';
import type { ProjectPlans } from './project-plans.ts';
import { requireProject } from './rows.ts';

/** What clone and setup may take on top of the checks themselves, ms. */
const setupAllowanceMs = 15 * 60_000;

/** A place without an agent has no turns, questions or saves to report. */
const checkEvents: ReadonlySet<EventType> = new Set<EventType>([
  'workspace.ready',
  'setup.output',
  'exec.output',
  'exec.completed',
  'command.done',
  'git.command',
  'egress.refused',
  'limit.exceeded',
  'warning',
  'error',
]);

type CheckInput = { run: RunInput; checkpoint: Checkpoint };

/** Runs the project's checks on a checkpoint in a clean workspace (contracts/activities.ts, `runChecks`). */
export function createRunChecks(deps: HostDependencies, plans: ProjectPlans): WorkspaceActivities['runChecks'] {
  return (input) =>
    withHeartbeat(
      () => null,
      async () => {
        const { tenantId, projectId } = input.run.request;
        const project = await deps.database.withTenant(tenantId, (tx) => requireProject(tx, projectId));
        const plan = await plans.planAt(project, input.checkpoint);
        if (plan.checks.length === 0) return { checks: [] };
        return { checks: await inCleanPlace(deps, input, project, plan) };
      },
    );
}

async function inCleanPlace(deps: HostDependencies, input: CheckInput, project: ProjectRow, plan: ProjectPlan): Promise<CheckResult[]> {
  const { tenantId } = input.run.request;
  const earlier = await deps.database.withTenant(tenantId, (tx) => listCheckWorkspaces(tx, input.run.runId));
  await endEarlier(deps, earlier);
  const workspaceId = `${input.run.runId}-c${earlier.length + 1}`;
  try {
    const workspace = await makeCheckPlace(deps, input, { project, plan, workspaceId, n: earlier.length + 1 });
    const state = await withLease(deps, { tenantId, workspaceId }, () => execute(deps, input, workspace, { project, plan }));
    return checkResults(plan.checks, state);
  } finally {
    await endPlaces(deps, [workspaceId]);
    await deps.database.withTenant(tenantId, (tx) => closeWorkspaces(tx, [workspaceId]));
    await dropRepository(deps, workspaceId);
  }
}

/**
 * What earlier tries left here is of no use: their output was cut off. What cannot be ended is the host's, and keeps no try from another
 * place; during an outage none could be made, so that it is thrown.
 */
async function endEarlier(deps: HostDependencies, workspaceIds: readonly string[]): Promise<void> {
  for (const workspaceId of workspaceIds) {
    try {
      await deps.provisioner.destroy(workspaceId);
    } catch (error) {
      if (isOutage(error)) throw error;
      deps.logger.warn('a workspace of earlier checks was not ended; the host tries again', { workspaceId, reason: messageOf(error) });
    }
  }
}

async function makeCheckPlace(
  deps: HostDependencies,
  { run, checkpoint }: CheckInput,
  place: { project: ProjectRow; plan: ProjectPlan; workspaceId: string; n: number },
): Promise<Workspace> {
  const { project, plan, workspaceId } = place;
  const { bundleArtifactId, commit, baseCommit } = checkpoint;
  const prepared = await deps.git.prepareRun({
    tenantId: run.request.tenantId,
    projectId: project.projectId,
    runId: workspaceId,
    source: { kind: project.repositoryKind, url: project.repositoryUrl },
    baseBranch: run.request.baseBranch,
    from: { bundleArtifactId, commit, baseCommit },
  });
  return makePlace(deps, {
    workspaceId,
    runId: workspaceId,
    attempt: place.n,
    purpose: 'checks',
    request: run.request,
    project,
    prepared,
    baseCommit,
    executor: { name: 'none' },
    session: null,
    setup: plan.setup,
    image: plan.image,
    services: plan.services,
    steps: createStepWriter(deps, { tenantId: run.request.tenantId, requestId: run.request.requestId, runId: run.runId, attempt: null }),
  });
}

async function execute(
  deps: HostDependencies,
  { run }: CheckInput,
  workspace: Workspace,
  { project, plan }: { project: ProjectRow; plan: ProjectPlan },
): Promise<CheckState> {
  const messageId = `${workspace.workspaceId}-exec`;
  const { tenantId, requestId } = run.request;
  const scope = { tenantId, requestId, runId: run.runId, attempt: null };
  const timeoutMs = project.settings.checkTimeoutMs;
  const started = plan.checks.map((data) => ({ type: 'check.started' as const, emittedAtMs: deps.now(), data }));
  await deps.runLog.append(scope, started, `checks.${workspace.workspaceId}`);
  await workspace.deliver({ messageId, kind: 'exec', commands: plan.checks, timeoutMs });

  const { cancellationSignal } = Context.current();
  const limit = AbortSignal.timeout(setupAllowanceMs + plan.checks.length * (timeoutMs + 30_000));
  let state = newChecks;
  try {
    const end = await follow(deps.runLog, {
      workspace,
      scope,
      startOffset: 0,
      signal: AbortSignal.any([cancellationSignal, limit]),
      now: deps.now,
      accept: (event) => checkEvents.has(event.type),
      onEvents: async (events) => {
        for (const event of events) state = reduceChecks(state, event, messageId);
        return state.ended === null ? 'go-on' : 'stop';
      },
    });
    if (end === 'ended') await requireKept(workspace);
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'permanent') throw error;
    // Garbage, a truncated or an endless log: the checks that did not report count as not run.
    deps.logger.warn('checks broke off', { workspaceId: workspace.workspaceId, code: error.code, reason: messageOf(error) });
  }
  if (cancellationSignal.aborted) throw cancellation(cancellationSignal.reason);
  const failure = notTheChangesFault(state);
  if (failure !== null) throw failure;
  return state;
}

/** That a place was taken away says nothing of the change: its checks run again in another one. DomainError `place-lost`. */
async function requireKept(workspace: Workspace): Promise<void> {
  const { status, lost } = await workspace.state();
  if (lost === undefined && status !== 'gone') return;
  throw new DomainError('transient', 'place-lost', `running the checks: ${lost ?? 'their workspace is gone'}; another try runs them again`);
}

function cancellation(reason: unknown): Error {
  if (stopCause(reason) === 'cancelled') return new CancelledFailure('the run was cancelled');
  return new DomainError('transient', 'host-stopping', 'running the checks: this host stops; another try runs them again');
}
