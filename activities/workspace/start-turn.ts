import { CancelledFailure, Context } from '@temporalio/activity';
import type { StartTurnInput, WorkspaceActivities } from '../../workflows/contracts/activities.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { NewEvent } from '../../workflows/contracts/events.ts';
import type { WorkspaceRef } from '../../workflows/contracts/run.ts';
import type { PreparedRun } from '../../workspace/gateway/git/port.ts';
import type { Workspace } from '../../workspace/port.ts';
import type { MessageRow } from '../../db/messages.ts';
import type { ProjectRow } from '../../db/projects.ts';
import type { RunLogScope } from '../../db/run-log/port.ts';
import { updateRun } from '../../db/runs.ts';
import { closeWorkspaces, listAgentWorkspaces, takeIdleWorkspace } from '../../db/workspace-places.ts';
import type { WorkspaceRow } from '../../db/workspaces.ts';
import { timedHop } from '../hops.ts';
import { leaseMs, type HostDependencies } from './dependencies.ts';
import { stopCause, withHeartbeat } from './heartbeat.ts';
import { makePlace } from './place.ts';
import { mergeProject, parseProjectFile, type ProjectPlan } from '../../config/project-file.ts';
import { requireOffered } from './project-wishes.ts';
import type { ProjectPlans } from './project-plans.ts';
import { requireMessages, requireProject } from './rows.ts';
import { chooseStart, executorSpec, reusable, type StartPoint } from './start-decisions.ts';
import { turnCommand, turnInput } from './turn-input.ts';

/** Makes or adopts the workspace of an attempt and delivers its turn (contracts/activities.ts, `startTurn`). */
export function createStartTurn(deps: HostDependencies, plans: ProjectPlans): WorkspaceActivities['startTurn'] {
  return (input) => {
    const start = new TurnStart(deps, plans, input);
    return withHeartbeat(
      () => null,
      () => start.run(),
    );
  };
}

/** What the database knows before anything is made. */
interface Known {
  project: ProjectRow;
  messages: MessageRow[];
  workspaces: WorkspaceRow[];
}

class TurnStart {
  private readonly deps: HostDependencies;
  private readonly plans: ProjectPlans;
  private readonly input: StartTurnInput;
  private readonly hopFields: Record<string, unknown>;

  constructor(deps: HostDependencies, plans: ProjectPlans, input: StartTurnInput) {
    this.deps = deps;
    this.plans = plans;
    this.input = input;
    this.hopFields = { requestId: input.run.request.requestId, runId: input.run.runId, attempt: input.attempt };
  }

  /** Obeys a cancellation between any two hops; what was made by then is destroyed. */
  async run(): Promise<WorkspaceRef> {
    const { cancellationSignal, cancelled } = Context.current();
    const work = this.start();
    try {
      return await Promise.race([work, cancelled]);
    } catch (error) {
      if (!cancellationSignal.aborted || !(error instanceof CancelledFailure)) throw error;
      const cause = stopCause(cancellationSignal.reason);
      // Another try adopts what this one made.
      if (cause !== 'cancelled')
        throw new DomainError('transient', 'host-stopping', 'starting the agent: this host stops; another try goes on');
      await this.cleanUpAfter(work);
      throw error;
    }
  }

  private async start(): Promise<WorkspaceRef> {
    const { run, attempt } = this.input;
    const known = await this.hop('start-turn.database', () => this.read());
    const executor = executorSpec(run.request.executor, this.deps.settings.executorCommand);
    const point = chooseStart(
      run,
      attempt,
      known.workspaces.filter((row) => row.runId === run.runId),
    );
    const { prepared, baseCommit, plan } = await this.lookUp(known, point);
    const reused = await this.hop('start-turn.reuse', () => this.reuse(known.workspaces, prepared, baseCommit));
    const workspaceId = reused?.workspaceId ?? this.newWorkspaceId;
    const announced = this.hop('start-turn.log', () => this.announce(point, prepared, baseCommit));
    const [workspace] = await Promise.all([
      reused ??
        this.hop('start-turn.workspace', () =>
          makePlace(this.deps, {
            workspaceId,
            runId: run.runId,
            attempt,
            purpose: 'agent',
            request: run.request,
            project: known.project,
            prepared,
            baseCommit,
            executor,
            session: point.session,
            setup: plan.setup,
            image: plan.image,
            services: plan.services,
            log: this.scope,
            logAfter: announced,
          }),
        ),
      announced,
    ]);
    await this.hop('start-turn.deliver', () => this.deliver(workspace, known, plan, point));
    const { hostId } = this.deps.settings;
    return { workspaceId, hostId, provisioner: this.deps.provisioner.name, runId: run.runId, attempt, hasChecks: plan.checks.length > 0 };
  }

  /** What the run starts from. The place is begun beside it, and ended where it cannot start. */
  private async lookUp(known: Known, point: StartPoint): Promise<{ prepared: PreparedRun; baseCommit: string; plan: ProjectPlan }> {
    const begun = this.begin(known);
    try {
      const prepared = await this.hop('start-turn.git-prepare', () => this.prepare(known.project, point));
      const baseCommit = point.from?.baseCommit ?? prepared.baseCommit;
      return { prepared, baseCommit, plan: this.planOf(known.project, prepared, baseCommit) };
    } catch (error) {
      if (begun) await this.deps.provisioner.destroy(this.newWorkspaceId);
      throw error;
    }
  }

  /** Lets the place of a first try be made beside its repository. True when there is one to end should that fail. */
  private begin({ workspaces }: Known): boolean {
    const { provisioner, settings } = this.deps;
    if (!provisioner.begin || workspaces.some((row) => row.state !== 'ended')) return false;
    void provisioner.begin(this.newWorkspaceId, settings.limits);
    return true;
  }

  private get scope(): RunLogScope {
    const { run, attempt } = this.input;
    return { tenantId: run.request.tenantId, requestId: run.request.requestId, runId: run.runId, attempt };
  }

  private get newWorkspaceId(): string {
    return `${this.input.run.runId}-a${this.input.attempt}`;
  }

  private read(): Promise<Known> {
    const { request, messages } = this.input.run;
    return this.deps.database.withTenant(request.tenantId, async (tx) => {
      const [project, bodies, workspaces] = await Promise.all([
        requireProject(tx, request.projectId),
        requireMessages(
          tx,
          messages.map((message) => message.messageId),
        ),
        listAgentWorkspaces(tx, request.requestId),
      ]);
      return { project, messages: bodies, workspaces };
    });
  }

  private async prepare(project: ProjectRow, point: StartPoint): Promise<PreparedRun> {
    const { run } = this.input;
    try {
      return await this.deps.git.prepareRun({
        tenantId: run.request.tenantId,
        projectId: project.projectId,
        runId: run.runId,
        source: { kind: project.repositoryKind, url: project.repositoryUrl },
        baseBranch: run.request.baseBranch,
        from: point.from,
      });
    } catch (error) {
      throw asReason('repository', error);
    }
  }

  private planOf(project: ProjectRow, prepared: PreparedRun, baseCommit: string): ProjectPlan {
    this.plans.remember(project.projectId, baseCommit, prepared.projectFile);
    try {
      const plan = mergeProject(project.settings, parseProjectFile(prepared.projectFile));
      requireOffered(this.deps.provisioner, plan);
      return plan;
    } catch (error) {
      throw asReason('setup-failed', error);
    }
  }

  /** An idle workspace of the request that is still alive here, moved to the start commit; null: make a fresh one. */
  private async reuse(workspaces: WorkspaceRow[], prepared: PreparedRun, baseCommit: string): Promise<Workspace | null> {
    const { run, attempt, turnMessageId } = this.input;
    const { settings, database, provisioner } = this.deps;
    const { tenantId } = run.request;
    const taken = workspaces.find((row) => row.state === 'active' && row.runId === run.runId && row.hostId === settings.hostId);
    if (taken && taken.attempt === attempt && taken.workspaceId !== `${run.runId}-a${attempt}`) {
      const workspace = await this.living(taken.workspaceId);
      if (workspace) return this.moved(workspace, turnMessageId, prepared);
    }
    const idle = workspaces.filter((row) => row.state === 'idle').map((row) => ({ ...row, createdAtMs: row.createdAt.getTime() }));
    for (const candidate of reusable(run, attempt, settings.hostId, idle)) {
      const mine = await database.withTenant(tenantId, (tx) =>
        takeIdleWorkspace(tx, candidate.workspaceId, { runId: run.runId, attempt, baseCommit, leaseMs }),
      );
      if (!mine) continue;
      const workspace = await this.living(candidate.workspaceId);
      if (workspace) return this.moved(workspace, turnMessageId, prepared);
      await provisioner.destroy(candidate.workspaceId);
      await database.withTenant(tenantId, (tx) => closeWorkspaces(tx, [candidate.workspaceId]));
    }
    return null;
  }

  private async living(workspaceId: string): Promise<Workspace | null> {
    const workspace = await this.deps.provisioner.adopt(workspaceId);
    if (workspace === null) return null;
    return (await workspace.state()).status === 'running' ? workspace : null;
  }

  private async moved(workspace: Workspace, turnMessageId: string, prepared: PreparedRun): Promise<Workspace> {
    await workspace.deliver({ messageId: `${turnMessageId}-reset`, kind: 'reset', commit: prepared.startCommit });
    return workspace;
  }

  /** Logged before the delivery, so that whoever watches knows where this turn's events begin. */
  private async announce(point: StartPoint, prepared: PreparedRun, baseCommit: string): Promise<void> {
    const { run, attempt, turnMessageId } = this.input;
    const { tenantId } = run.request;
    const { hostId } = this.deps.settings;
    const at = this.deps.now();
    const resumedFrom = point.kind === 'base' ? null : prepared.startCommit;
    const events: NewEvent[] = [
      { type: 'run.attempt', emittedAtMs: at, data: { attempt, host: hostId, provisioner: this.deps.provisioner.name, resumedFrom } },
      { type: 'message.delivered', emittedAtMs: at, data: { messageId: turnMessageId, kind: 'turn', questionId: null } },
    ];
    await Promise.all([
      this.deps.runLog.append(this.scope, events, `turn.${turnMessageId}`),
      this.deps.database.withTenant(tenantId, (tx) => updateRun(tx, run.runId, { status: 'working', attempts: attempt, baseCommit })),
    ]);
  }

  private async deliver(workspace: Workspace, known: Known, plan: ProjectPlan, point: StartPoint): Promise<void> {
    const { run, turnMessageId } = this.input;
    const input = turnInput({
      purpose: run.purpose,
      projectName: run.request.projectName,
      baseBranch: run.request.baseBranch,
      checks: plan.checks,
      plan: run.plan,
      placeLost: point.kind === 'save',
      messages: known.messages,
    });
    const { effort, limits } = run.request;
    const model = run.request.model ?? known.project.settings.model;
    await workspace.deliver(
      turnCommand({
        messageId: turnMessageId,
        purpose: run.purpose,
        input,
        model,
        effort: effort ?? known.project.settings.effort,
        limits,
      }),
    );
  }

  /** The workflow never learns of this workspace, so nobody else would end it. */
  private async cleanUpAfter(work: Promise<WorkspaceRef>): Promise<void> {
    const destroy = async (workspaceId: string) => {
      await this.deps.provisioner.destroy(workspaceId);
      await this.deps.database.withTenant(this.input.run.request.tenantId, (tx) => closeWorkspaces(tx, [workspaceId]));
    };
    // What is still being made is destroyed as soon as it is there.
    work.then((ref) => destroy(ref.workspaceId)).catch(() => undefined);
    await destroy(this.newWorkspaceId);
  }

  private hop<T>(name: string, work: () => Promise<T>): Promise<T> {
    return timedHop(this.deps.logger, name, this.hopFields, work);
  }
}

/** Gives an expected failure the reason that a run shows; its kind and words stay. */
export function asReason(reason: 'repository' | 'setup-failed' | 'checkpoint-failed', error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  return new DomainError(error.kind, reason, error.message, { cause: error, details: { ...error.details, code: error.code } });
}
