import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { assertNever } from '../contracts/errors.ts';
import { runIdUsed, workflowIds, workflowTypes } from '../contracts/ids.ts';
import {
  gateQuery,
  reprojectSignal,
  runCancelSignal,
  runQuestionSignal,
  runStateSignal,
  statusQuery,
  timelineQuery,
} from '../contracts/messages.ts';
import type { QuorumAnswer } from '../contracts/activities.ts';
import type { NewEvent } from '../contracts/events.ts';
import type { RequestInput, RequestOrigin, RequestSnapshot } from '../contracts/request.ts';
import type { ReviewResult, RunInput, RunPurpose, RunResult } from '../contracts/run.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { failureOf } from '../failure.ts';
import { forge, projection, quorum } from './activities.ts';
import { detailsOf } from './details.ts';
import { registerHandlers } from './handlers.ts';
import { changesBetween } from './log.ts';
import { nextStep, type Step } from './next-step.ts';
import { rehydrated } from './rehydrate.ts';
import { initialState, isTerminal, type RequestState } from './state.ts';
import { transition, type RequestEvent } from './transition.ts';

/**
 * One request from its first word to its merge. `snapshot` carries the state through continue-as-new; `rehydrated` says that it
 * comes from the database instead, the workflow that wrote it being lost. Decisions are pure (`transition`, `nextStep`); here they
 * meet their effects.
 */
export async function changeRequest(input: RequestInput, snapshot?: RequestSnapshot, origin?: RequestOrigin): Promise<void> {
  const request = new Request(snapshot ?? initialState(input));
  const scope = CancellationScope.current();
  if (origin === 'rehydrated') request.rehydrate();
  request.listen();
  // What a cancelled request came to is projected too.
  const projecting = CancellationScope.nonCancellable(() => request.project());
  try {
    await request.work();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => request.cancelledByOperator());
  }
  await CancellationScope.nonCancellable(async () => {
    await condition(allHandlersFinished);
    request.close();
    await projecting;
    // An operator's cancel that came while the last state was written would not be known to the next run.
    if (!isTerminal(request.state.status.stage) && scope.consideredCancelled) {
      await request.cancelledByOperator();
      await request.project();
    }
  });
  if (!isTerminal(request.state.status.stage)) await continueAsNew<typeof changeRequest>(input, request.state);
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, changeRequest);

/** Requests from before it projected what a step changed before they gave the step's command. */
const projectsAfterCommands = 'projects-after-commands';

const operator = 'cancelled by an operator';

/** The running request: its state, what of it is already projected, and the review that works beside the gate. */
class Request {
  state: RequestState;
  private lines: NewEvent[] = [];
  private projectedVersion: number;
  private closing = false;
  /** A step's command goes first. */
  private holding = false;
  /** Reviews under way; one of an earlier checkpoint may outlast the next one's beginning. */
  private readonly reviews = new Set<string>();

  constructor(state: RequestState) {
    this.state = state;
    this.projectedVersion = state.version - 1;
  }

  /** Applies an event; everything that waits on the state sees it at once. */
  apply(event: RequestEvent): void {
    const nowMs = Date.now();
    const before = this.state;
    this.state = transition(before, event, nowMs);
    this.lines.push(...changesBetween(before, this.state, nowMs));
  }

  /** Begins from what the database kept. */
  rehydrate(): void {
    const before = this.state;
    this.state = rehydrated(before, Date.now());
    this.lines.push(...changesBetween(before, this.state, Date.now()));
    this.projectedVersion = this.state.version - 1;
  }

  /** Registers every handler; must run before the first await. */
  listen(): void {
    setHandler(statusQuery, () => this.state.status);
    setHandler(timelineQuery, () => this.state.status.stages);
    setHandler(gateQuery, () => this.state.status.gate);
    setHandler(runQuestionSignal, (question) => this.apply({ type: 'question-asked', ...question }));
    setHandler(runStateSignal, ({ runId, state }) =>
      this.apply(state === 'working' ? { type: 'run-works', runId } : { type: 'run-waits-for-slot', runId }),
    );
    setHandler(reprojectSignal, () => void (this.projectedVersion = this.state.version - 1));
    registerHandlers({
      state: () => this.state,
      apply: (event) => this.apply(event),
      markSeen: (id) => this.markSeen(id),
      withdraw: (messageId, by) => this.withdraw(messageId, by),
    });
  }

  private withdraw(messageId: string, by: string): Promise<{ disposition: string }> {
    const { tenantId, requestId } = this.state.input;
    return CancellationScope.nonCancellable(() => projection.withdrawMessage({ tenantId, requestId, messageId, by }));
  }

  private markSeen(deliveryId: string): void {
    this.state = { ...this.state, seen: [...this.state.seen, deliveryId] };
  }

  /** Writes each new version to the projection, beside the work: the agent never waits for a list to be updated. */
  async project(): Promise<void> {
    let shown = '';
    // The end waits for handlers that came after it was decided, and for what they changed.
    const isOver = () => this.closing && allHandlersFinished();
    const isDue = () => !this.holding && (isOver() || this.state.version !== this.projectedVersion);
    for (;;) {
      await condition(isDue);
      // What was due is not any more, once the first step was taken beside it.
      if (!isDue()) continue;
      if (this.state.version === this.projectedVersion) return;
      const { state, lines } = this;
      this.lines = [];
      shown = this.show(shown);
      const written = await CancellationScope.nonCancellable(() => projection.project({ snapshot: state, events: lines }));
      this.projectedVersion = state.version;
      // Histories from before epochs were answered have nothing here.
      if (written && written.epoch > this.state.epoch) this.state = { ...this.state, epoch: written.epoch };
    }
  }

  close(): void {
    this.closing = true;
  }

  /** A workflow task is not over before its local activities are: gives a command in the task before the projection's. */
  private async beforeProjecting<T>(command: () => Promise<T>): Promise<T> {
    if (!patched(projectsAfterCommands)) return command();
    this.holding = true;
    try {
      return await command();
    } finally {
      this.holding = false;
    }
  }

  /** Search attributes and details for operators; written only when they change, each write is a history event. */
  private show(shown: string): string {
    const { stage, awaiting } = this.state.status;
    setCurrentDetails(detailsOf(this.state));
    const key = `${stage}/${awaiting?.kind ?? ''}`;
    if (key === shown) return key;
    upsertSearchAttributes([
      { key: searchAttributes.stage, value: stage },
      { key: searchAttributes.awaiting, value: awaiting?.kind ?? null },
    ]);
    return key;
  }

  /** Takes one step after the other until the request ends or its history should be renewed. */
  async work(): Promise<void> {
    for (;;) {
      const step = nextStep(this.state);
      if (step.kind === 'finish') return;
      if (workflowInfo().continueAsNewSuggested && this.reviews.size === 0 && step.kind !== 'cancel') return;
      await this.take(step);
    }
  }

  private async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'run':
        return this.run(step.purpose);
      case 'review':
        return this.startReview();
      case 'confirm-quorum':
        return this.confirmQuorum();
      case 'publish':
        return this.publish();
      case 'post-review':
        return this.postReview();
      case 'merge':
        return this.merge();
      case 'wait':
        return this.wait(step.untilMs);
      case 'cancel':
        return this.apply({ type: 'cancelled' });
      case 'finish':
        return;
      default:
        return assertNever(step);
    }
  }

  private async run(purpose: RunPurpose): Promise<void> {
    const { input, status, pending } = this.state;
    const ordinal = status.runCount + 1;
    const runId = `${input.requestId}-${ordinal}`;
    const run = {
      runId,
      ordinal,
      purpose,
      request: input,
      messages: pending,
      from: status.checkpoint,
      plan: purpose === 'plan' ? null : (status.plan?.artifactText ?? null),
      createdAtMs: Date.now(),
    };
    this.apply({ type: 'run-started', runId, purpose, messages: pending });
    try {
      const result = await this.runChild(run);
      if (CancellationScope.current().consideredCancelled) this.cancelFor(operator);
      this.apply({ type: 'run-ended', result });
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (isRunIdUsed(error)) return this.apply({ type: 'run-id-used', runId });
      this.apply({ type: 'run-ended', result: { ...brokenRun(runId), message: failureOf(error).message } });
    }
  }

  private async runChild(run: RunInput): Promise<RunResult> {
    const { runId, ordinal, purpose, request } = run;
    const child = await this.beforeProjecting(() =>
      startChild(workflowTypes.agentRun, {
        workflowId: workflowIds.run(runId),
        args: [run],
        staticSummary: `${purpose} ${ordinal}: ${request.title}`,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      }),
    );
    // Asked for while the run did not exist yet, so that nobody could tell it.
    if (this.state.cancelRequested) await child.signal(runCancelSignal, { reason: this.state.status.reason ?? '' });
    return (await child.result()) as RunResult;
  }

  /** Starts the review beside the gate; its result is another event. */
  private startReview(): void {
    const { review, input } = this.state;
    const { checkpoint } = this.state.status;
    if (review === null || checkpoint === null) return;
    const { reviewId } = review;
    this.apply({ type: 'review-started', reviewId });
    this.reviews.add(reviewId);
    void executeChild(workflowTypes.automatedReview, {
      workflowId: workflowIds.review(reviewId),
      args: [{ reviewId, request: input, checkpoint }],
      staticSummary: `review: ${input.title}`,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    })
      .then((result: ReviewResult) => {
        this.apply({ type: 'review-ended', reviewId, completed: result.status === 'completed' });
      })
      .catch(() => this.apply({ type: 'review-ended', reviewId, completed: false }))
      .finally(() => {
        this.reviews.delete(reviewId);
      });
  }

  /** A recorded rule needs nobody's roles; votes of people are checked against today's roles. */
  private async confirmQuorum(): Promise<void> {
    const { gate } = this.state.status;
    if (gate === null) return;
    const byRule = gate.decisions.some((decision) => decision.rule !== null);
    const { gateId } = gate;
    await this.attempt('confirm-quorum', async () => {
      const answer: QuorumAnswer = byRule ? { holds: true } : await quorum.confirmQuorum({ request: this.state.input, gate });
      this.apply(answer.holds ? { type: 'quorum-confirmed', gateId } : { type: 'quorum-lost', gateId, lost: answer.lost ?? null });
    });
  }

  private async publish(): Promise<void> {
    const { input, status } = this.state;
    const { checkpoint, mergeRequest: previous } = status;
    if (checkpoint === null) return;
    await this.attempt('publish', async () => {
      const mergeRequest = await forge.publish({ request: input, checkpoint, previous });
      this.apply({ type: 'published', mergeRequest });
    });
  }

  private async postReview(): Promise<void> {
    const { input, review, status } = this.state;
    const { mergeRequest } = status;
    if (review === null || mergeRequest === null) return;
    const { reviewId } = review;
    try {
      await forge.postReview({ request: input, mergeRequest, reviewId });
      this.apply({ type: 'review-posted', reviewId });
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.apply({ type: 'review-ended', reviewId, completed: false });
    }
  }

  private async merge(): Promise<void> {
    const { input, status } = this.state;
    const { mergeRequest } = status;
    if (mergeRequest === null) return;
    await this.attempt('merge', async () => {
      this.apply({ type: 'merged', mergeRequest: await forge.merge({ request: input, mergeRequest }) });
    });
  }

  /** A step that failed for good becomes a person's turn, with its true reason. */
  private async attempt(step: 'confirm-quorum' | 'publish' | 'merge', work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.apply({ type: 'step-failed', step, ...failureOf(error) });
    }
  }

  /** Sleeps until anything changes, or until the open gate expires. */
  private async wait(untilMs: number | null): Promise<void> {
    const { version } = this.state;
    const changed = () => this.state.version !== version || (workflowInfo().continueAsNewSuggested && this.reviews.size === 0);
    if (untilMs === null) return condition(changed);
    if (await condition(changed, Math.max(1, untilMs - Date.now()))) return;
    const { gate } = this.state.status;
    if (gate) this.apply({ type: 'gate-expired', gateId: gate.gateId });
  }

  private cancelFor(reason: string): void {
    if (!this.state.cancelRequested) this.apply({ type: 'cancel', reason });
  }

  /** An operator cancelled the workflow in Temporal: the same as a person's cancel. */
  async cancelledByOperator(): Promise<void> {
    this.cancelFor(operator);
    const { activeRunId } = this.state.status;
    if (activeRunId) {
      const run = getExternalWorkflowHandle(workflowIds.run(activeRunId));
      await run.signal(runCancelSignal, { reason: operator }).catch(() => undefined);
    }
    this.apply({ type: 'cancelled' });
  }
}

/** After a reset the numbers of runs begin again where they were then; a run of before may even be at work still. */
function isRunIdUsed(error: unknown): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError || failureOf(error).code === runIdUsed;
}

/** A run whose workflow itself broke still ends with a reason. */
function brokenRun(runId: string): RunResult {
  return {
    runId,
    status: 'failed',
    reason: 'internal',
    message: '',
    attempts: 0,
    checkpoint: null,
    unchanged: false,
    plan: null,
    checks: [],
    handledMessageIds: [],
  };
}
