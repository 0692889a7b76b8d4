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
import { listRunsOfRequest, updateRun } from '../../db/runs.ts';
import { hasWarm } from '../../db/warm-workspaces.ts';
import { closeWorkspaces, listAgentWorkspaces } from '../../db/workspace-places.ts';
import type { WorkspaceRow } from '../../db/workspaces.ts';
import { timedHop } from '../hops.ts';
import type { HostDependencies } from './dependencies.ts';
import { stopCause, withHeartbeat } from './heartbeat.ts';
import { makePlace } from './place.ts';
import type { PlaceRecipe } from './place-spec.ts';
import { mergeProject, parseProjectFile, type ProjectPlan } from '../../config/project-file.ts';
import { requireOffered } from './project-wishes.ts';
import type { ProjectPlans } from './project-plans.ts';
import { reusePlace, type ReusedPlace } from './reuse-place.ts';
import { requireMessages, requireProject } from './rows.ts';
import { chooseStart, executorSpec, unfinishedBefore, type StartPoint, type UnfinishedRun } from './start-decisions.ts';
import { createStepWriter } from './step-events.ts';
import { turnCommand, turnInput } from './turn-input.ts';

/** Makes or adopts the workspace of an attempt and delivers its turn (contracts/activities.ts, `startTurn`). */
export function createStartTurn(deps: HostDependencies, plans: ProjectPlans): WorkspaceActivities['startTurn'] {
  return async (input) => {
    const start = new TurnStart(deps, plans, input);
    const leave = deps.starts.enter();
    try {
      return await withHeartbeat(
        () => null,
        () => start.run(),
      );
    } finally {
      leave();
    }
  };
}

/** What the database knows before anything is made. */
interface Known {
  project: ProjectRow;
  messages: MessageRow[];
  workspaces: WorkspaceRow[];
  /** Runs before this one whose last saves it resumes. */
  unfinished: UnfinishedRun[];
  /** There is a warm place of its project here, so likely none has to be made. */
  mayFindWarm: boolean;
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
    const work = this.start(cancellationSignal);
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

  private async start(signal: AbortSignal): Promise<WorkspaceRef> {
    const { run, attempt } = this.input;
    const known = await this.hop('start-turn.database', () => this.read());
    const executor = executorSpec(run.request.executor, this.deps.settings.executorCommand);
    const point = chooseStart(run, attempt, known.workspaces, known.unfinished);
    const { prepared, baseCommit, plan } = await this.lookUp(known, point);
    // Another try may have a place by now, which this one's would end.
    if (signal.aborted) throw new CancelledFailure('starting the agent: it was cancelled');
    const recipe = this.recipe(known, plan, { prepared, baseCommit, executor, session: point.session });
    const reused = await this.hop('start-turn.reuse', () =>
      reusePlace(this.deps, { ...this.input, point, rows: known.workspaces, mayFindWarm: known.mayFindWarm, recipe }),
    );
    const announced = this.hop('start-turn.log', () => this.announce(point, recipe, reused));
    const steps = createStepWriter(this.deps, this.scope, announced);
    const [workspace] = await Promise.all([
      reused?.workspace ?? this.hop('start-turn.workspace', () => makePlace(this.deps, { ...recipe, steps })),
      announced,
    ]);
    await this.hop('start-turn.deliver', () => this.deliver(workspace, known, plan, point));
    const { workspaceId } = workspace;
    const { hostId } = this.deps.settings;
    return { workspaceId, hostId, provisioner: this.deps.provisioner.name, runId: run.runId, attempt, hasChecks: plan.checks.length > 0 };
  }

  /** What a new place for this attempt is made of. */
  private recipe(
    { project }: Known,
    { setup, image, services }: ProjectPlan,
    start: Pick<PlaceRecipe, 'prepared' | 'baseCommit' | 'executor' | 'session'>,
  ): PlaceRecipe {
    const { run, attempt } = this.input;
    const { runId, request } = run;
    return { workspaceId: this.newWorkspaceId, runId, attempt, purpose: 'agent', request, project, ...start, setup, image, services };
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
  private begin({ workspaces, mayFindWarm }: Known): boolean {
    const { provisioner, settings } = this.deps;
    if (!provisioner.begin || mayFindWarm || workspaces.some((row) => row.state !== 'ended')) return false;
    void provisioner.begin(this.newWorkspaceId, settings.limits);
    return true;
  }

  private get scope(): RunLogScope {
    const { run, attempt } = this.input;
    return { tenantId: run.request.tenantId, requestId: run.request.requestId, runId: run.runId, attempt };
  }

  private get beginsAnew(): boolean {
    return this.input.attempt === 1 && this.input.run.from === null;
  }

  private get newWorkspaceId(): string {
    return `${this.input.run.runId}-a${this.input.attempt}`;
  }

  private read(): Promise<Known> {
    const { run } = this.input;
    const { request, messages } = run;
    return this.deps.database.withTenant(request.tenantId, async (tx) => {
      const { hostId } = this.deps.settings;
      const [project, bodies, workspaces, runs, mayFindWarm] = await Promise.all([
        requireProject(tx, request.projectId),
        requireMessages(
          tx,
          messages.map((message) => message.messageId),
        ),
        listAgentWorkspaces(tx, request.requestId),
        run.ordinal > 1 ? listRunsOfRequest(tx, request.requestId) : [],
        this.beginsAnew && hasWarm(tx, { hostId, projectId: request.projectId }),
      ]);
      return { project, messages: bodies, workspaces, unfinished: unfinishedBefore(run, runs), mayFindWarm };
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

  /** Logged before the delivery, so that whoever watches knows where this turn's events begin. */
  private async announce(point: StartPoint, recipe: PlaceRecipe, reused: ReusedPlace | null): Promise<void> {
    const { run, attempt, turnMessageId } = this.input;
    const { prepared, baseCommit } = recipe;
    const { tenantId } = run.request;
    const { hostId } = this.deps.settings;
    const { workspaceId } = reused?.workspace ?? recipe;
    const at = this.deps.now();
    const resumedFrom = point.kind === 'base' ? null : prepared.startCommit;
    const sinceMs = reused?.warmSinceMs ?? null;
    const warmForMs = sinceMs === null ? undefined : Math.max(0, at - sinceMs);
    const place = { host: hostId, provisioner: this.deps.provisioner.name };
    const where: NewEvent = { type: 'run.attempt', emittedAtMs: at, data: { attempt, ...place, resumedFrom, warmForMs } };
    const delivered: NewEvent = {
      type: 'message.delivered',
      emittedAtMs: at,
      data: { messageId: turnMessageId, kind: 'turn', questionId: null },
    };
    const log = async () => {
      // Another try may have to make another place, and says so; its turn is the same.
      await this.deps.runLog.append(this.scope, [where], `place.${turnMessageId}.${workspaceId}`);
      await this.deps.runLog.append(this.scope, [delivered], `turn.${turnMessageId}`);
    };
    await Promise.all([
      log(),
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
      isResumed: point.kind === 'save',
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
