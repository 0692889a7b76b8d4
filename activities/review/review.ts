import { CancelledFailure, Context } from '@temporalio/activity';
import { finishReview, startReview } from '../../db/reviews.ts';
import type { RunLogScope } from '../../db/run-log/port.ts';
import { closeWorkspaces, listReviewWorkspaces } from '../../db/workspace-places.ts';
import type { WorkspaceRow } from '../../db/workspaces.ts';
import type { ReviewActivities } from '../../workflows/contracts/activities.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import type { NewEvent } from '../../workflows/contracts/events.ts';
import type { Finding } from '../../workflows/contracts/finding.ts';
import type { ReviewInput, ReviewResult } from '../../workflows/contracts/run.ts';
import type { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import type { Workspace } from '../../workspace/port.ts';
import type { HostDependencies } from '../workspace/dependencies.ts';
import { endPlaces } from '../workspace/end-places.ts';
import { follow } from '../workspace/follow.ts';
import { stopCause, withHeartbeat } from '../workspace/heartbeat.ts';
import type { ProjectPlans } from '../workspace/project-plans.ts';
import { makePlace, withLease } from '../workspace/place.ts';
import { modelOf } from '../workspace/place-spec.ts';
import { readRunEvents } from '../workspace/read-turn.ts';
import { dropRepository } from '../workspace/release.ts';
import { requireProject } from '../workspace/rows.ts';
import { createStepWriter } from '../workspace/step-events.ts';
import { lostOutcome, newTurn, outcomeOf, reduceTurn, type TurnState } from '../workspace/watch-state.ts';
import { fingerprinted, verdictOf } from './findings.ts';
import { parseReview, type RawFinding } from './parse-review.ts';

/** The checkout's path inside every workspace: findings name files below it. */
const checkoutDir = '/workspace';
/** Longest review; the activity's own limit is 30 minutes. */
const wallClockMs = 20 * 60_000;
const inactivityMs = 5 * 60_000;
const noUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

interface ReviewDependencies extends HostDependencies {
  plans: ProjectPlans;
}

/** Codex's review of a checkpoint in a workspace of its own (contracts/activities.ts). A review that the agent spoils is `failed`, not an error. */
export function createReviewActivities(deps: HostDependencies, plans: ProjectPlans): ReviewActivities {
  return {
    reviewCheckpoint: (input) =>
      withHeartbeat(
        () => null,
        () => reviewCheckpoint({ ...deps, plans }, input),
      ),
  };
}

async function reviewCheckpoint(deps: ReviewDependencies, input: ReviewInput): Promise<ReviewResult> {
  const { reviewId, request, checkpoint } = input;
  const { tenantId, requestId } = request;
  const scope: RunLogScope = { tenantId, requestId, runId: reviewId, attempt: null };
  const earlier = await deps.database.withTenant(tenantId, async (tx) => {
    await startReview(tx, input);
    return listReviewWorkspaces(tx, reviewId);
  });
  const started: NewEvent = { type: 'review.started', emittedAtMs: deps.now(), data: { reviewId, commit: checkpoint.commit } };
  await deps.runLog.append(scope, [started], `review-started.${reviewId}`);
  const workspace = await reviewPlace(deps, input, earlier);
  let isOver = true;
  try {
    const state = await withLease(deps, { tenantId, workspaceId: workspace.workspaceId }, () => turnOf(deps, input, { workspace, scope }));
    const result = await resultOf(deps, input, state);
    await finish(deps, scope, result);
    return result;
  } catch (error) {
    // The next try adopts the place; a cancelled review has none.
    isOver = !(error instanceof DomainError && error.kind === 'transient');
    throw error;
  } finally {
    if (isOver) await endPlace(deps, input, workspace.workspaceId);
  }
}

async function endPlace(deps: HostDependencies, { reviewId, request }: ReviewInput, workspaceId: string): Promise<void> {
  await endPlaces(deps, [workspaceId]);
  await deps.database.withTenant(request.tenantId, (tx) => closeWorkspaces(tx, [workspaceId]));
  await dropRepository(deps, reviewId);
}

/** The place that an earlier try made and that still lives here, else a new one under a new name: a name's offset is never reused. */
async function reviewPlace(deps: ReviewDependencies, input: ReviewInput, earlier: WorkspaceRow[]): Promise<Workspace> {
  const { reviewId, request, checkpoint } = input;
  const last = earlier.at(-1);
  if (last?.state === 'active' && last.hostId === deps.settings.hostId) {
    const living = await deps.provisioner.adopt(last.workspaceId);
    if (living !== null && (await living.state()).status === 'running') return living;
  }
  const workspaceId = `${reviewId}-r${earlier.length + 1}`;
  const project = await deps.database.withTenant(request.tenantId, (tx) => requireProject(tx, request.projectId));
  const { bundleArtifactId, commit, baseCommit } = checkpoint;
  const prepared = await deps.git.prepareRun({
    tenantId: request.tenantId,
    projectId: project.projectId,
    runId: reviewId,
    source: { kind: project.repositoryKind, url: project.repositoryUrl },
    baseBranch: request.baseBranch,
    from: { bundleArtifactId, commit, baseCommit },
  });
  const scope = { tenantId: request.tenantId, requestId: request.requestId, runId: reviewId, attempt: null };
  const place = { workspaceId, runId: reviewId, attempt: 1, purpose: 'review' as const, request, project, prepared, baseCommit };
  const { image } = await deps.plans.planAt(project, checkpoint);
  const workspace = await makePlace(deps, {
    ...place,
    executor: { name: 'codex' },
    session: null,
    setup: null,
    image,
    services: [],
    steps: createStepWriter(deps, scope),
  });
  const command = reviewCommand(input, workspaceId, modelOf(deps.settings, request, project));
  const data = { messageId: command.messageId, kind: 'turn' as const, questionId: null };
  await deps.runLog.append(scope, [{ type: 'message.delivered', emittedAtMs: deps.now(), data }], `turn.${command.messageId}`);
  await workspace.deliver(command);
  return workspace;
}

function reviewCommand({ request, checkpoint }: ReviewInput, workspaceId: string, model: string): SupervisorCommand {
  return {
    messageId: `${workspaceId}-turn`,
    kind: 'turn',
    mode: 'review',
    input: [],
    model,
    effort: request.effort,
    outputSchema: null,
    reviewBase: checkpoint.baseCommit,
    wallClockMs,
    inactivityMs,
  };
}

/** The review's turn to its end, with what an earlier try of this activity already logged. */
async function turnOf(
  deps: HostDependencies,
  { reviewId }: ReviewInput,
  { workspace, scope }: { workspace: Workspace; scope: RunLogScope },
): Promise<TurnState> {
  const turnMessageId = `${workspace.workspaceId}-turn`;
  let state = newTurn;
  const { tenantId, requestId } = scope;
  for await (const event of readRunEvents(deps.runLog, { tenantId, requestId, runId: reviewId }))
    state = reduceTurn(state, event, turnMessageId);
  if (state.completed !== null) return state;
  const { cancellationSignal } = Context.current();
  const limit = AbortSignal.timeout(wallClockMs + 60_000);
  try {
    await follow(deps.runLog, {
      workspace,
      scope,
      startOffset: await deps.runLog.tailOffset(tenantId, workspace.workspaceId),
      signal: AbortSignal.any([cancellationSignal, limit]),
      now: deps.now,
      onEvents: async (events) => {
        for (const event of events) state = reduceTurn(state, event, turnMessageId);
        return state.completed === null && state.question === null ? 'go-on' : 'stop';
      },
    });
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'permanent') throw error;
    deps.logger.warn('a review broke off', { reviewId, code: error.code, reason: messageOf(error) });
  }
  if (cancellationSignal.aborted) throw cancellation(cancellationSignal.reason);
  return state;
}

function cancellation(reason: unknown): Error {
  if (stopCause(reason) === 'cancelled') return new CancelledFailure('the review was cancelled');
  return new DomainError('transient', 'host-stopping', 'reviewing: this host stops; another try reviews again');
}

async function resultOf(deps: HostDependencies, input: ReviewInput, state: TurnState): Promise<ReviewResult> {
  const { reviewId } = input;
  const outcome = outcomeOf(state, noUsage) ?? lostOutcome(state, { status: 'exited', exitCode: null, reason: null });
  if (outcome.kind !== 'completed') {
    const why = outcome.kind === 'failed' ? outcome.message : `the reviewer's turn ended as ${outcome.kind}`;
    return { reviewId, status: 'failed', verdict: 'comment', summary: why, findings: [] };
  }
  const parsed = parseReview(outcome.lastMessage, checkoutDir);
  const findings = await withFingerprints(deps, input, parsed.findings);
  return { reviewId, status: 'completed', verdict: verdictOf(parsed, findings), summary: parsed.summary, findings };
}

/** Reads each file that a finding names once, for the line of code that makes the fingerprint lasting. */
async function withFingerprints(deps: HostDependencies, { request, checkpoint }: ReviewInput, findings: RawFinding[]): Promise<Finding[]> {
  const { tenantId, projectId } = request;
  const { baseCommit, commit, bundleArtifactId } = checkpoint;
  const lines = new Map<string, string[]>();
  for (const path of new Set(findings.map((finding) => finding.path))) {
    const bytes = await deps.git.file({ tenantId, projectId, baseCommit, commit, bundleArtifactId, path });
    lines.set(path, bytes === null ? [] : new TextDecoder().decode(bytes).split('\n'));
  }
  return fingerprinted(findings, (finding) => lines.get(finding.path)?.[finding.startLine - 1] ?? '');
}

async function finish(deps: HostDependencies, scope: RunLogScope, result: ReviewResult): Promise<void> {
  const { reviewId, verdict, summary, findings } = result;
  await deps.database.withTenant(scope.tenantId, (tx) => finishReview(tx, result));
  const data = { reviewId, verdict, summary, findings };
  await deps.runLog.append(scope, [{ type: 'review.completed', emittedAtMs: deps.now(), data }], `review-completed.${reviewId}`);
}
