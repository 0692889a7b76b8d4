import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { runIdUsed } from '../contracts/ids.ts';
import {
  runAnswerSignal,
  runCancelSignal,
  runMessageSignal,
  runQuestionSignal,
  runStateSignal,
  slotGrantedSignal,
} from '../contracts/messages.ts';
import type { Checkpoint, CheckResult, MessageRef } from '../contracts/request.ts';
import {
  FailureReason,
  placeLostReasons,
  type RunInput,
  type RunResult,
  type TokenUsage,
  type TurnOutcome,
  type WorkspaceRef,
} from '../contracts/run.ts';
import { failureOf, refusalOf } from '../failure.ts';
import { checkpoints, onHost, places, runRows } from './activities.ts';
import { handledMessages, mayRepair, mayResume, type AttemptFailure } from './decisions.ts';

/**
 * One turn of the agent, from a free place to a checked checkpoint. It always ends, with its true reason; attempts that lost
 * their place before their work was stored resume the last save.
 */
export async function agentRun(run: RunInput): Promise<RunResult> {
  return new Run(run).work();
}

// A run is short and its histories are not rewritten: it ends on the version that began it.
setWorkflowOptions({ versioningBehavior: 'PINNED' }, agentRun);

/** Runs from before it laid their workspace aside by an activity of its host, which their end waited for. */
const endingLaysAside = 'ending-lays-aside';

type Completed = Extract<TurnOutcome, { kind: 'completed' }>;

/** Runs from before ended as failed when the turn failed that should mend their checks. */
const repairMayFail = 'repair-may-fail';

/** Runs from before ended when their work was refused for what is in it. */
const refusedGoesBack = 'refused-goes-back';

/** Runs from before made the whole turn anew when the place of its checks was lost. */
const storedWorkStays = 'stored-work-stays';

/** How often an agent is asked to take out of its work what it is refused for. */
const maxRefusals = 2;

/** Where an attempt ended well: its last turn, and what came of it. */
type Finished = Pick<RunResult, 'checkpoint' | 'unchanged' | 'checks' | 'plan' | 'handledMessageIds'> & Partial<Pick<RunResult, 'message'>>;

class Run {
  private readonly run: RunInput;
  private readonly messages: MessageRef[] = [];
  private readonly outcomes: TurnOutcome[] = [];
  private readonly failures: AttemptFailure[] = [];
  private readonly scope = new CancellationScope();
  private answer: { questionId: string; answers: Record<string, string[]> } | null = null;
  private slotGranted = false;
  private workspace: WorkspaceRef | null = null;
  private deliverable = false;
  /** Outcomes of earlier attempts, whose places are lost. */
  private lostOutcomes = 0;
  /** The last turn that was stored: what a failure after it leaves. */
  private stored: (Finished & { checkpoint: Checkpoint }) | null = null;
  private isSpoiled = false;

  constructor(run: RunInput) {
    this.run = run;
    setHandler(runMessageSignal, (message) => void this.messages.push(message));
    setHandler(runAnswerSignal, (answer) => void (this.answer = answer));
    setHandler(runCancelSignal, () => this.scope.cancel());
    setHandler(slotGrantedSignal, () => void (this.slotGranted = true));
  }

  async work(): Promise<RunResult> {
    let result: RunResult;
    try {
      const finished = await this.scope.run(() => this.attempts());
      result = finished === null ? this.failed() : this.result({ status: 'succeeded', ...finished });
    } catch (error) {
      if (failureOf(error).code === runIdUsed) throw error;
      result = isCancellation(error)
        ? this.result({ status: 'cancelled', reason: 'cancelled', message: 'Cancelled.' })
        : this.result({ status: 'failed', reason: 'internal', message: failureOf(error).message });
    }
    await CancellationScope.nonCancellable(async () => {
      const layAside = this.keepsWorkspace(result) && patched(endingLaysAside) ? this.workspace : null;
      const released = layAside === null ? this.release(result) : null;
      await Promise.all([released, runRows.endRun({ run: this.run, result, usage: this.usage(), layAside })]);
    });
    return result;
  }

  /** Null when the last attempt failed for good. */
  private async attempts(): Promise<Finished | null> {
    await this.waitForSlot();
    const delivering = this.deliverMessages();
    delivering.catch(() => undefined);
    for (let attempt = 1; ; attempt++) {
      const storedBefore = this.stored;
      try {
        return await this.attempt(attempt);
      } catch (error) {
        if (isCancellation(error)) throw error;
        this.failures.push(attemptFailure(error));
        if (!mayResume(this.failures)) return null;
        // Its last save is older than its checkpoint: a person's retry goes on from that.
        if (this.stored !== storedBefore && patched(storedWorkStays)) return null;
        await this.discard();
      }
    }
  }

  private async waitForSlot(): Promise<void> {
    if (await this.takeSlot()) return;
    await this.tellParent((parent) => parent.signal(runStateSignal, { runId: this.run.runId, state: 'waiting-for-slot' }));
    // The grant's signal is normally enough; asking again each five minutes mends one that was lost.
    while (!(await condition(() => this.slotGranted, '5 minutes'))) {
      if (await this.takeSlot()) break;
    }
    await this.tellParent((parent) => parent.signal(runStateSignal, { runId: this.run.runId, state: 'working' }));
  }

  private async takeSlot(): Promise<boolean> {
    const { slot } = await runRows.beginRun({ run: this.run });
    if (slot === 'used') throw ApplicationFailure.nonRetryable(`A run ${this.run.runId} has ended before.`, runIdUsed);
    return slot === 'granted';
  }

  private async attempt(attempt: number): Promise<Finished> {
    const { run } = this;
    let turnMessageId = `${run.runId}-a${attempt}-t1`;
    this.lostOutcomes = this.outcomes.length;
    const workspace = await places.startTurn({ run, attempt, turnMessageId });
    this.workspace = workspace;
    let finished = await this.step(workspace, turnMessageId);
    for (let repairs = 0; !finished.unchanged && mayRepair(run, repairs, finished.checks); repairs++) {
      turnMessageId = `${run.runId}-a${attempt}-t${repairs + 2}`;
      try {
        finished = await this.repair(workspace, turnMessageId, finished);
      } catch (error) {
        // A repair that was stored is not thrown away because its checks could not be run.
        const isStored = this.stored?.checkpoint.commit !== finished.checkpoint?.commit;
        if (isCancellation(error) || isStored || !patched(repairMayFail)) throw error;
        return this.unrepaired(finished, attemptFailure(error));
      }
    }
    return finished;
  }

  /** One turn, stored and checked. */
  private async step(workspace: WorkspaceRef, turnMessageId: string): Promise<Finished> {
    const turn = await this.turn(workspace, turnMessageId);
    const handled = () => handledMessages(this.run, this.outcomes.slice(this.lostOutcomes));
    if (this.run.purpose === 'plan')
      return { checkpoint: null, unchanged: true, checks: [], plan: turn.lastMessage, handledMessageIds: handled() };
    const { checkpoint, unchanged } = await this.storable(workspace, turnMessageId, turn);
    const handledMessageIds = handled();
    this.stored = { checkpoint, unchanged, checks: [], plan: null, handledMessageIds };
    const checks = unchanged || !workspace.hasChecks ? [] : await this.checks(checkpoint);
    this.stored = { ...this.stored, checks };
    return this.stored;
  }

  /** What a turn left, stored. Work that is refused for a secret in it, or for its size, is nowhere but in its place: the agent mends it there. */
  private async storable(workspace: WorkspaceRef, turnMessageId: string, first: Completed) {
    const { run } = this;
    let turn = first;
    for (let refusals = 1; ; refusals++) {
      try {
        return await this.checkpoint(turn);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === null || refusals > maxRefusals || !patched(refusedGoesBack)) throw error;
        const next = `${turnMessageId}-r${refusals}`;
        const host = onHost(workspace.hostId, run.request.limits.wallClockMs);
        try {
          await host.inbox.continueTurn({ run, workspace, turnMessageId: next, refusal });
          turn = await this.turn(workspace, next);
        } catch (failure) {
          // What a person has to know is why the work was refused, unless it only lost its place.
          throw isCancellation(failure) || placeLostReasons.includes(attemptFailure(failure).reason) ? failure : error;
        }
      }
    }
  }

  private async repair(workspace: WorkspaceRef, turnMessageId: string, { checkpoint, checks }: Finished): Promise<Finished> {
    const { run } = this;
    const host = onHost(workspace.hostId, run.request.limits.wallClockMs);
    if (checkpoint) await host.inbox.continueTurn({ run, workspace, turnMessageId, checkpoint, checks });
    return this.step(workspace, turnMessageId);
  }

  /** The work before the repair stands, with what its checks said. */
  private unrepaired(before: Finished, failure: AttemptFailure): Finished {
    this.isSpoiled = true;
    return { ...before, message: `The turn that should mend the checks failed: ${failure.message}` };
  }

  /** Watches one turn to its end, through all questions on the way. */
  private async turn(workspace: WorkspaceRef, turnMessageId: string): Promise<Completed> {
    const host = onHost(workspace.hostId, this.run.request.limits.wallClockMs);
    this.deliverable = true;
    try {
      for (;;) {
        const outcome = await host.watching.watchTurn({ run: this.run, workspace, turnMessageId });
        this.outcomes.push(outcome);
        if (outcome.kind === 'completed') return outcome;
        if (outcome.kind === 'failed') throw new LostAttempt({ reason: outcome.reason, message: outcome.message });
        if (outcome.kind === 'interrupted') throw new LostAttempt({ reason: 'cancelled', message: 'The turn was interrupted.' });
        await this.ask(workspace, outcome);
      }
    } finally {
      this.deliverable = false;
    }
  }

  private async ask(workspace: WorkspaceRef, question: Extract<TurnOutcome, { kind: 'question' }>): Promise<void> {
    const { questionId, questions } = question;
    await this.tellParent((parent) => parent.signal(runQuestionSignal, { runId: this.run.runId, questionId, questions }));
    await condition(() => this.answer?.questionId === questionId);
    const { answers } = this.answer ?? { answers: {} };
    await onHost(workspace.hostId, this.run.request.limits.wallClockMs).inbox.deliver({
      workspace,
      message: { kind: 'answer', deliveryId: `${questionId}-answer`, questionId, answers },
    });
  }

  private async checkpoint(turn: Completed) {
    const { tipCommit, sessionArtifactId, threadId, warnings } = turn;
    if (turn.finalised) return turn.finalised;
    if (tipCommit === null)
      throw new LostAttempt({ reason: 'checkpoint-failed', message: 'The workspace could not store its work; retry the run.' });
    return checkpoints.finaliseCheckpoint({ run: this.run, tipCommit, sessionArtifactId, threadId, warnings });
  }

  private async checks(checkpoint: Parameters<typeof places.runChecks>[0]['checkpoint']): Promise<CheckResult[]> {
    return (await places.runChecks({ run: this.run, checkpoint })).checks;
  }

  /** Carries people's words into the turn at work, in order; what comes between turns waits for the next run. */
  private async deliverMessages(): Promise<void> {
    let next = 0;
    for (;;) {
      await condition(() => this.deliverable && this.workspace !== null && this.messages.length > next);
      const message = this.messages[next++];
      const { workspace } = this;
      if (message === undefined || workspace === null) continue;
      const host = onHost(workspace.hostId, this.run.request.limits.wallClockMs);
      // A message that cannot be delivered was not steered: the request gives it to the next run.
      await host.inbox.deliver({ workspace, message: { kind: 'steer', message } }).catch((error: unknown) => {
        if (isCancellation(error)) throw error;
      });
    }
  }

  private async release(result: RunResult): Promise<void> {
    const { workspace } = this;
    if (workspace === null) return;
    const host = onHost(workspace.hostId, this.run.request.limits.wallClockMs);
    const mode = this.keepsWorkspace(result) ? 'idle' : 'destroy';
    await host.release.releaseWorkspace({ workspace, mode }).catch(() => undefined);
  }

  /** A follow-up finds the workspace as the last turn left it, unless one went wrong or only planned. */
  private keepsWorkspace(result: RunResult): boolean {
    return result.status === 'succeeded' && this.run.purpose !== 'plan' && !this.isSpoiled;
  }

  private async discard(): Promise<void> {
    const { workspace } = this;
    this.workspace = null;
    if (workspace === null) return;
    const host = onHost(workspace.hostId, this.run.request.limits.wallClockMs);
    await CancellationScope.nonCancellable(() => host.release.releaseWorkspace({ workspace, mode: 'destroy' }).catch(() => undefined));
  }

  private async tellParent(send: (parent: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>): Promise<void> {
    const { parent } = workflowInfo();
    if (parent) await send(getExternalWorkflowHandle(parent.workflowId));
  }

  private usage(): TokenUsage {
    const usages = this.outcomes.flatMap((outcome) => (outcome.kind === 'completed' ? [outcome.usage] : []));
    return usages.reduce(
      (sum, usage) => ({
        inputTokens: sum.inputTokens + usage.inputTokens,
        cachedInputTokens: sum.cachedInputTokens + usage.cachedInputTokens,
        outputTokens: sum.outputTokens + usage.outputTokens,
      }),
      { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    );
  }

  private failed(): RunResult {
    const last = this.failures.at(-1);
    const { reason, message } = last ?? { reason: 'internal' as const, message: 'The run failed.' };
    return this.result({ status: 'failed', reason, message, checkpoint: this.stored?.checkpoint ?? null });
  }

  private result(end: Pick<RunResult, 'status'> & Partial<RunResult>): RunResult {
    return {
      runId: this.run.runId,
      reason: null,
      message: '',
      attempts: this.failures.length + (end.status === 'failed' ? 0 : 1),
      checkpoint: null,
      unchanged: false,
      plan: null,
      checks: [],
      handledMessageIds: [],
      ...end,
    };
  }
}

/** A turn that ended without its work done; the reason decides whether another attempt may follow. */
class LostAttempt extends Error {
  readonly failure: AttemptFailure;

  constructor(failure: AttemptFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** What an attempt's error means: a host that no longer answers lost the place, a named failure is what it says. */
function attemptFailure(error: unknown): AttemptFailure {
  if (error instanceof LostAttempt) return error.failure;
  if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.activityType !== 'startTurn') {
    return { reason: 'place-lost', message: 'The machine that held the workspace no longer answers.' };
  }
  const { code, message } = failureOf(error);
  const reason = FailureReason.safeParse(code);
  return { reason: reason.success ? reason.data : 'internal', message };
}
