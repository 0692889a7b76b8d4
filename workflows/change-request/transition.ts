import { assertNever } from '../contracts/errors.ts';
import type { AgentQuestion, Decision, MergeRequestRef, MessageRef, Stage } from '../contracts/request.ts';
import type { RunPurpose, RunResult } from '../contracts/run.ts';
import { addVote, closeGate, dropApprovals, hasQuorum } from './gate.ts';
import { afterRun, awaitApproval } from './after-run.ts';
import { afterRefusal, putBack, takeOut, type Withdrawn } from './withdrawal.ts';
import { awaitIn, block, isTerminal, move, withStatus, type RequestState, type ResumableStage } from './state.ts';

/** Everything that can happen to a request. */
export type RequestEvent =
  | { type: 'run-started'; runId: string; purpose: RunPurpose; messages: MessageRef[] }
  | { type: 'run-waits-for-slot' | 'run-works'; runId: string }
  | { type: 'question-asked'; runId: string; questionId: string; questions: AgentQuestion[] }
  | { type: 'question-answered' }
  | { type: 'run-ended'; result: RunResult }
  | { type: 'run-id-used'; runId: string }
  | { type: 'chat'; message: MessageRef }
  | { type: 'withdraw'; messageId: string }
  | { type: 'withdraw-refused'; withdrawn: Withdrawn; disposition: string }
  | { type: 'vote'; decision: Decision }
  | { type: 'amend'; decision: Decision; message: MessageRef }
  | { type: 'quorum-confirmed'; gateId: string }
  | { type: 'quorum-lost'; gateId: string; lost: string[] | null }
  | { type: 'gate-expired'; gateId: string }
  | { type: 'published'; mergeRequest: MergeRequestRef }
  | { type: 'step-failed'; step: 'confirm-quorum' | 'publish' | 'merge'; code: string; message: string }
  | { type: 'review-started'; reviewId: string }
  | { type: 'review-ended'; reviewId: string; completed: boolean }
  | { type: 'review-posted'; reviewId: string }
  | { type: 'merge-requested' }
  | { type: 'merged'; mergeRequest: MergeRequestRef }
  | { type: 'retry' }
  | { type: 'cancel'; reason: string }
  | { type: 'cancelled' };

/** The one function that decides what an event makes of a request. Pure; throws on an event that admission should have refused. */
export function transition(state: RequestState, event: RequestEvent, nowMs: number): RequestState {
  const next = decide(state, event, nowMs);
  if (next === state) return state;
  return {
    ...next,
    version: state.version + 1,
    status: { ...next.status, pendingMessageIds: next.pending.map((m) => m.messageId), updatedAtMs: nowMs },
  };
}

function decide(state: RequestState, event: RequestEvent, nowMs: number): RequestState {
  if (isTerminal(state.status.stage)) return state;
  switch (event.type) {
    case 'run-started':
      return runStarted(state, event, nowMs);
    case 'run-waits-for-slot':
      return awaitIn(
        state,
        'slot',
        { message: 'Waits for a free place among the runs of this tenant.', actions: ['chat', 'cancel'] },
        nowMs,
      );
    case 'run-works':
      return state.status.awaiting?.kind === 'slot' ? withStatus(state, { awaiting: null }) : state;
    case 'question-asked':
      return questionAsked(state, event, nowMs);
    case 'question-answered':
      return unblock(state, nowMs);
    case 'run-ended':
      return afterRun(state.status.awaiting?.kind === 'answer' ? unblock(state, nowMs) : state, event.result, nowMs);
    case 'run-id-used':
      return runIdUsed(state, event.runId);
    case 'chat':
      return takeMessage(state, event.message, nowMs);
    case 'withdraw':
      return takeOut(state, event.messageId);
    case 'withdraw-refused':
      return withdrawRefused(state, event.withdrawn, event.disposition, nowMs);
    case 'vote':
      return vote(state, event.decision, nowMs);
    case 'amend':
      return takeMessage(recordDecision(state, event.decision), event.message, nowMs);
    case 'quorum-confirmed':
      return quorumConfirmed(state, event.gateId, nowMs);
    case 'quorum-lost':
      return quorumLost(state, event, nowMs);
    case 'gate-expired':
      return gateExpired(state, event.gateId, nowMs);
    case 'published':
      return published(state, event.mergeRequest, nowMs);
    case 'step-failed':
      return stepFailed(state, event, nowMs);
    case 'review-started':
      return withReview(state, event.reviewId, { status: 'working' });
    case 'review-ended':
      return withReview(state, event.reviewId, { status: event.completed ? 'completed' : 'failed' });
    case 'review-posted':
      return reviewPosted(state, event.reviewId, nowMs);
    case 'merge-requested':
      return { ...withStatus(state, { awaiting: null }), mergeRequested: true };
    case 'merged':
      return merged(state, event.mergeRequest, nowMs);
    case 'retry':
      return unblock(state, nowMs);
    case 'cancel':
      return { ...withStatus(state, { reason: event.reason }), cancelRequested: true };
    case 'cancelled':
      return withStatus(end(state, 'CANCELLED', nowMs), { outcome: 'cancelled' });
    default:
      return assertNever(event);
  }
}

function runStarted(state: RequestState, event: Extract<RequestEvent, { type: 'run-started' }>, nowMs: number): RequestState {
  const { stage, activeRunId } = state.status;
  if (activeRunId !== null || (stage !== 'RECEIVED' && stage !== 'PLANNING' && stage !== 'EXECUTING')) return state;
  const target = event.purpose === 'plan' ? 'PLANNING' : 'EXECUTING';
  const moved =
    stage === 'RECEIVED'
      ? move(state, stage, target, nowMs)
      : stage === 'PLANNING' && target === 'EXECUTING'
        ? move(state, stage, target, nowMs)
        : state;
  const taken = new Set(event.messages.map((message) => message.messageId));
  return {
    ...withStatus(moved, { activeRunId: event.runId, runCount: state.status.runCount + 1, reason: null }),
    carried: event.messages,
    pending: state.pending.filter((message) => !taken.has(message.messageId)),
  };
}

/**
 * The run was one of before a reset: its number stays counted and the next step takes the next one. Gates and reviews are at most
 * one a run, so that their numbers of before are passed over with it.
 */
function runIdUsed(state: RequestState, runId: string): RequestState {
  const { activeRunId, runCount } = state.status;
  if (activeRunId !== runId) return state;
  return {
    ...withStatus(state, { activeRunId: null, awaiting: null }),
    pending: [...state.carried, ...state.pending],
    carried: [],
    gateCount: Math.max(state.gateCount, runCount),
    reviewCount: Math.max(state.reviewCount, runCount),
  };
}

function questionAsked(state: RequestState, event: Extract<RequestEvent, { type: 'question-asked' }>, nowMs: number): RequestState {
  if (state.status.activeRunId !== event.runId) return state;
  const resume = state.status.stage === 'PLANNING' ? 'PLANNING' : 'EXECUTING';
  const what = {
    reason: 'agent-question',
    message: event.questions.map((question) => question.question).join(' '),
    actions: ['answer' as const, 'chat' as const, 'cancel' as const],
    questionId: event.questionId,
    questions: event.questions,
  };
  return block(state, 'answer', resume, what, nowMs);
}

/** Back to where a BLOCKED request was. */
function unblock(state: RequestState, nowMs: number): RequestState {
  const { stage, resumeStage } = state.status;
  if (stage !== 'BLOCKED' || resumeStage === null) return state;
  return move(state, stage, resumeStage as ResumableStage, nowMs);
}

/** A message for the agent: it closes an open gate at once and, where no run works, makes the next one due. */
function takeMessage(state: RequestState, message: MessageRef, nowMs: number): RequestState {
  const received = { ...state, pending: [...state.pending, message] };
  if (state.status.activeRunId !== null) return received;
  const { gate, awaiting } = state.status;
  const publishing = gate?.status === 'approved' && gate.subject.kind === 'commit' && state.status.stage === 'PATCH_READY';
  if (publishing && awaiting === null) return received;
  const closedGate =
    gate && (gate.status === 'open' || publishing) ? withStatus(received, { gate: closeGate(gate, 'superseded', nowMs) }) : received;
  return resumeWork(closedGate, nowMs);
}

function withdrawRefused(state: RequestState, withdrawn: Withdrawn, disposition: string, nowMs: number): RequestState {
  const next = afterRefusal(state, withdrawn, disposition);
  switch (next) {
    case 'put-back':
      return putBack(state, withdrawn);
    case 'drop':
      return state;
    case 'carry':
      return takeMessage(state, withdrawn.message, nowMs);
    default:
      return assertNever(next);
  }
}

/** Moves to the working stage that the pending messages need. */
function resumeWork(state: RequestState, nowMs: number): RequestState {
  const { stage, resumeStage } = state.status;
  switch (stage) {
    case 'PLAN_READY':
      return move(state, stage, 'PLANNING', nowMs);
    case 'PATCH_READY':
    case 'MR_OPENED':
    case 'REVIEWED':
      return move(state, stage, 'EXECUTING', nowMs);
    case 'BLOCKED':
      return move(state, stage, resumeStage === 'PLANNING' || resumeStage === 'PLAN_READY' ? 'PLANNING' : 'EXECUTING', nowMs);
    case 'RECEIVED':
    case 'PLANNING':
    case 'EXECUTING':
    case 'DONE':
    case 'CANCELLED':
    case 'FAILED':
      return state;
    default:
      return assertNever(stage);
  }
}

function recordDecision(state: RequestState, decision: Decision): RequestState {
  const { gate } = state.status;
  return gate ? withStatus(state, { gate: addVote(gate, decision) }) : state;
}

function vote(state: RequestState, decision: Decision, nowMs: number): RequestState {
  const voted = recordDecision(state, decision);
  const { gate } = voted.status;
  if (gate === null || decision.vote !== 'reject') return voted;
  const rejected = withStatus(voted, { gate: closeGate(gate, 'rejected', nowMs) });
  const what = {
    reason: 'rejected',
    message: `Rejected by ${decision.by?.name ?? 'a rule'}${decision.comment ? `: ${decision.comment}` : ''}. Ask for changes or cancel.`,
    actions: ['amend' as const, 'chat' as const, 'cancel' as const],
  };
  return block(rejected, 'retry', gate.subject.kind === 'plan' ? 'PLAN_READY' : 'PATCH_READY', what, nowMs);
}

function quorumConfirmed(state: RequestState, gateId: string, nowMs: number): RequestState {
  const { gate, stage } = state.status;
  if (gate?.gateId !== gateId || gate.status !== 'open') return state;
  const approved = withStatus(state, { gate: closeGate(gate, 'approved', nowMs), awaiting: null });
  if (stage === 'PLAN_READY') return move(approved, stage, 'EXECUTING', nowMs);
  if (stage === 'PATCH_READY' && state.input.repositoryKind === 'folder') {
    return withStatus(move(approved, stage, 'DONE', nowMs), { outcome: 'patch' });
  }
  return approved;
}

/** Voters lost their role before the quorum was complete: their votes fall (all, where nobody says whose), the gate stays open. */
function quorumLost(state: RequestState, event: Extract<RequestEvent, { type: 'quorum-lost' }>, nowMs: number): RequestState {
  const { gate, awaiting } = state.status;
  if (gate?.gateId !== event.gateId || gate.status !== 'open') return state;
  const some = event.lost === null ? gate : dropApprovals(gate, event.lost);
  // A quorum that is said to be lost must not stand: it would be asked about again at once.
  const left = hasQuorum(some) ? dropApprovals(gate, null) : some;
  const open = withStatus(state, { gate: left });
  return awaiting === null ? awaitApproval(open, left, nowMs) : open;
}

function gateExpired(state: RequestState, gateId: string, nowMs: number): RequestState {
  const { gate } = state.status;
  if (gate?.gateId !== gateId || gate.status !== 'open') return state;
  const expired = withStatus(state, { gate: closeGate(gate, 'expired', nowMs) });
  return withStatus(end(expired, 'FAILED', nowMs), { outcome: 'failed', reason: 'gate-expired' });
}

function published(state: RequestState, mergeRequest: MergeRequestRef, nowMs: number): RequestState {
  if (state.status.stage !== 'PATCH_READY') return state;
  const opened = withStatus(move(state, 'PATCH_READY', 'MR_OPENED', nowMs), { mergeRequest });
  if (opened.pending.length > 0) return move(opened, 'MR_OPENED', 'EXECUTING', nowMs);
  return awaitMerge(opened, nowMs);
}

/** The request now waits for its merge. */
function awaitMerge(state: RequestState, nowMs: number): RequestState {
  const message = `Waits for the merge of ${state.status.mergeRequest?.url ?? 'the merge request'}.`;
  return awaitIn(state, 'merge', { message, actions: ['merge', 'chat', 'cancel'] }, nowMs);
}

function stepFailed(state: RequestState, event: Extract<RequestEvent, { type: 'step-failed' }>, nowMs: number): RequestState {
  // Words that came meanwhile closed the gate: nobody waits for its quorum.
  if (event.step === 'confirm-quorum' && state.status.gate?.status !== 'open') return state;
  const resume = state.status.stage as ResumableStage;
  const what = { reason: event.code, message: event.message, actions: ['retry' as const, 'chat' as const, 'cancel' as const] };
  return block({ ...state, mergeRequested: false }, 'retry', resume, what, nowMs);
}

function withReview(state: RequestState, reviewId: string, change: Partial<NonNullable<RequestState['review']>>): RequestState {
  if (state.review?.reviewId !== reviewId) return state;
  return { ...withStatus(state, { reviewId }), review: { ...state.review, ...change } };
}

function reviewPosted(state: RequestState, reviewId: string, nowMs: number): RequestState {
  const posted = withReview(state, reviewId, { posted: true });
  if (posted.status.stage !== 'MR_OPENED' || posted === state) return posted;
  return awaitMerge(move(posted, 'MR_OPENED', 'REVIEWED', nowMs), nowMs);
}

function merged(state: RequestState, mergeRequest: MergeRequestRef, nowMs: number): RequestState {
  const { stage } = state.status;
  if (stage !== 'MR_OPENED' && stage !== 'REVIEWED') return state;
  return withStatus(move(state, stage, 'DONE', nowMs), { mergeRequest, outcome: 'merged' });
}

function end(state: RequestState, to: 'CANCELLED' | 'FAILED', nowMs: number): RequestState {
  const stage: Stage = state.status.stage;
  if (stage === 'DONE' || stage === 'CANCELLED' || stage === 'FAILED') return state;
  return { ...withStatus(move(state, stage, to, nowMs), { activeRunId: null }), pending: [], carried: [] };
}
