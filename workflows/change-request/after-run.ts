import type { Gate, GateSubject, MessageRef } from '../contracts/request.ts';
import type { RunResult } from '../contracts/run.ts';
import { openGate } from './gate.ts';
import { awaitIn, block, move, withStatus, type RequestState } from './state.ts';

/** What a finished run makes of the request: a gate, a further run, the end, or a person's turn. */
export function afterRun(state: RequestState, result: RunResult, nowMs: number): RequestState {
  if (state.status.activeRunId !== result.runId) return state;
  const ended = withStatus(state, { activeRunId: null, lastRunId: result.runId, awaiting: null });
  if (state.cancelRequested) return { ...ended, pending: [], carried: [] };
  if (result.status !== 'succeeded') return failed(ended, result, nowMs);
  return ended.status.stage === 'PLANNING' ? planned(ended, result, nowMs) : patched(ended, result, nowMs);
}

/** Nothing is lost: what the run carried waits for the next one, which goes on from what this one stored. */
function failed(state: RequestState, result: RunResult, nowMs: number): RequestState {
  const stored = withStatus(state, { checkpoint: result.checkpoint ?? state.status.checkpoint });
  const waiting = { ...stored, pending: [...state.carried, ...state.pending], carried: [] };
  const what = {
    reason: result.reason ?? 'internal',
    message: result.message,
    actions: ['retry' as const, 'chat' as const, 'cancel' as const],
  };
  return block(waiting, 'retry', state.status.stage === 'PLANNING' ? 'PLANNING' : 'EXECUTING', what, nowMs);
}

/** The run that follows the plan carries the prompt again, so the plan's messages stay pending. */
function planned(state: RequestState, result: RunResult, nowMs: number): RequestState {
  const handled = new Set(result.handledMessageIds);
  const unplanned = state.pending.filter((message) => !handled.has(message.messageId));
  const kept = { ...state, pending: [...state.carried, ...state.pending], carried: [] };
  const planId = `${result.runId}-plan`;
  const withPlan = withStatus(kept, { plan: { planId, artifactText: result.plan ?? '' } });
  if (unplanned.length > 0) return withPlan;
  const ready = move(withPlan, 'PLANNING', 'PLAN_READY', nowMs);
  return gated(ready, { kind: 'plan', id: planId }, result, nowMs);
}

function patched(state: RequestState, result: RunResult, nowMs: number): RequestState {
  const handled = new Set(result.handledMessageIds);
  const left: MessageRef[] = [...state.carried, ...state.pending].filter((message) => !handled.has(message.messageId));
  const settled = { ...withStatus(state, { checkpoint: result.checkpoint ?? state.status.checkpoint }), pending: left, carried: [] };
  if (left.length > 0) return settled;
  const { mergeRequest, checkpoint } = settled.status;
  if (mergeRequest !== null && (checkpoint === null || checkpoint.commit === mergeRequest.commit))
    return backToMergeRequest(settled, nowMs);
  if (mergeRequest === null && (result.unchanged || checkpoint === null)) {
    return withStatus(move(settled, 'EXECUTING', 'DONE', nowMs), { outcome: 'no-changes' });
  }
  const ready = move(settled, 'EXECUTING', 'PATCH_READY', nowMs);
  return reviewDue(gated(ready, { kind: 'commit', id: checkpoint?.commit ?? '' }, result, nowMs));
}

/** A follow-up without changes leaves the merge request as it was. */
function backToMergeRequest(state: RequestState, nowMs: number): RequestState {
  const reviewed = state.review?.posted === true && state.review.commit === state.status.mergeRequest?.commit;
  const back = move(state, 'EXECUTING', reviewed ? 'REVIEWED' : 'MR_OPENED', nowMs);
  const message = `The agent changed nothing; waits for the merge of ${state.status.mergeRequest?.url ?? 'the merge request'}.`;
  return awaitIn(back, 'merge', { message, actions: ['merge', 'chat', 'cancel'] }, nowMs);
}

function gated(state: RequestState, subject: GateSubject, result: RunResult, nowMs: number): RequestState {
  const { input } = state;
  const gateCount = state.gateCount + 1;
  const gate = openGate({
    gateId: `${input.requestId}-g${gateCount}`,
    subject,
    rule: subject.kind === 'plan' ? input.gates.plan : input.gates.patch,
    checks: result.checks,
    expiryMs: input.limits.gateExpiryMs,
    nowMs,
  });
  return awaitApproval({ ...withStatus(state, { gate }), gateCount }, gate, nowMs);
}

/** The request waits, in its stage, for the votes that its open gate needs. */
export function awaitApproval(state: RequestState, gate: Gate, nowMs: number): RequestState {
  const what = {
    untilMs: gate.expiresAtMs,
    message: `Waits for ${gate.rule.required} approval${gate.rule.required === 1 ? '' : 's'} by ${gate.rule.roles.join(' or ')}.`,
    actions: ['approve' as const, 'reject' as const, 'amend' as const, 'chat' as const, 'cancel' as const],
  };
  return awaitIn(state, gate.subject.kind === 'plan' ? 'plan-approval' : 'patch-approval', what, nowMs);
}

function reviewDue(state: RequestState): RequestState {
  const { checkpoint } = state.status;
  if (!state.input.review || checkpoint === null) return state;
  const reviewCount = state.reviewCount + 1;
  const reviewId = `${state.input.requestId}-review-${reviewCount}`;
  return { ...state, reviewCount, review: { reviewId, commit: checkpoint.commit, status: 'due', posted: false } };
}
