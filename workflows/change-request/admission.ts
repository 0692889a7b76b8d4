import type {
  AmendInput,
  AnswerInput,
  CancelInput,
  ChatInput,
  MergeInput,
  RetryInput,
  VoteInput,
  WithdrawInput,
} from '../contracts/messages.ts';
import { votingRefusal } from './gate.ts';
import { isTerminal, type RequestState } from './state.ts';

/** Messages that may wait in one request; more is refused until a run took them. */
export const maxPendingMessages = 500;

/** Why a message is refused: a stable code and a sentence that says the next action. */
export interface Refusal {
  code: string;
  message: string;
}

function closed(state: RequestState): Refusal | null {
  if (!isTerminal(state.status.stage) && !state.cancelRequested) return null;
  return { code: 'request-closed', message: `This request is ${state.status.stage}; submit a new one.` };
}

/** Chat is taken at any time until the request is closed. */
export function refuseChat(state: RequestState, _input: ChatInput): Refusal | null {
  const refusal = closed(state);
  if (refusal) return refusal;
  if (state.mergeRequested)
    return { code: 'merging', message: 'The merge request is being merged; submit a new request for further changes.' };
  if (state.pending.length + state.carried.length < maxPendingMessages) return null;
  return { code: 'too-many-messages', message: `${maxPendingMessages} messages wait already; let the run finish first.` };
}

/** A vote needs the open gate, its very subject, and a voter whom the rule names. */
export function refuseVote(state: RequestState, input: VoteInput): Refusal | null {
  const refusal = closed(state);
  if (refusal) return refusal;
  const { gate } = state.status;
  if (gate === null) return { code: 'gate-closed', message: 'Nothing waits for a decision yet; wait for the checkpoint.' };
  if (gate.subject.id !== input.subjectId) {
    return {
      code: 'stale-checkpoint',
      message: `The decision is about ${input.subjectId}, but the request stands at ${gate.subject.id}; look at that and decide again.`,
    };
  }
  if (gate.status !== 'open') return { code: 'gate-closed', message: `This gate is ${gate.status}; nothing is left to decide on it.` };
  const reason = votingRefusal(gate.rule, input.by, state.input.requester.id);
  return reason === null ? null : { code: 'not-a-voter', message: reason };
}

/** Asking for changes needs an open gate, or one that was rejected and waits for amend or cancel. */
export function refuseAmend(state: RequestState, input: AmendInput): Refusal | null {
  const { gate, awaiting } = state.status;
  if (!isTerminal(state.status.stage) && awaiting?.reason === 'rejected' && gate?.subject.id === input.subjectId) return null;
  return refuseVote(state, input);
}

/** An answer must be to the question that waits. */
export function refuseAnswer(state: RequestState, input: AnswerInput): Refusal | null {
  const refusal = closed(state);
  if (refusal) return refusal;
  const { awaiting } = state.status;
  if (awaiting?.kind !== 'answer') return { code: 'no-question', message: 'The agent asks nothing now; send a message instead.' };
  if (awaiting.questionId !== input.questionId)
    return { code: 'stale-question', message: `The open question is ${awaiting.questionId}; answer that one.` };
  const missing = awaiting.questions.filter((question) => !(input.answers[question.id]?.length ?? 0));
  return missing.length === 0
    ? null
    : { code: 'incomplete-answer', message: `Answer every question; missing: ${missing.map((q) => q.id).join(', ')}.` };
}

export function refuseRetry(state: RequestState, _input: RetryInput): Refusal | null {
  const refusal = closed(state);
  if (refusal) return refusal;
  return state.status.awaiting?.actions.includes('retry')
    ? null
    : { code: 'nothing-to-retry', message: 'Nothing failed that could be tried again.' };
}

export function refuseCancel(state: RequestState, _input: CancelInput): Refusal | null {
  if (isTerminal(state.status.stage)) return closed(state);
  return state.mergeRequested ? { code: 'merging', message: 'The merge request is being merged and cannot be cancelled now.' } : null;
}

/** Merging from here is for forges without a merge button of their own, and only the commit that stands there. */
export function refuseMerge(state: RequestState, input: MergeInput): Refusal | null {
  const refusal = closed(state);
  if (refusal) return refusal;
  const { mergeRequest, awaiting } = state.status;
  if (mergeRequest === null) return { code: 'no-merge-request', message: 'No merge request is open yet; approve the patch first.' };
  if (mergeRequest.forge !== 'local') return { code: 'merge-on-forge', message: `Merge it on ${mergeRequest.forge}: ${mergeRequest.url}` };
  if (mergeRequest.commit !== input.subjectId) {
    return {
      code: 'stale-checkpoint',
      message: `The merge request stands at ${mergeRequest.commit}, not at ${input.subjectId}; look at that first.`,
    };
  }
  if (state.mergeRequested) return { code: 'merging', message: 'It is being merged already.' };
  return awaiting?.kind === 'merge'
    ? null
    : { code: 'not-mergeable', message: `The request is ${state.status.stage}; wait until it awaits its merge.` };
}

/**
 * A message can be withdrawn while it waits for a later run. Whether the run at work took it already only the database knows: that
 * is asked afterwards. Between two runs it is about to be carried.
 */
export function refuseWithdraw(state: RequestState, input: WithdrawInput): Refusal | null {
  const refusal = closed(state);
  if (refusal) return refusal;
  const message = state.pending.find(({ messageId }) => messageId === input.messageId);
  const { stage, activeRunId } = state.status;
  const aboutToRun = activeRunId === null && (stage === 'RECEIVED' || stage === 'PLANNING' || stage === 'EXECUTING');
  if (message === undefined || aboutToRun)
    return { code: 'message-not-waiting', message: 'This message does not wait any more; send another one that takes it back.' };
  return message.kind === 'prompt'
    ? { code: 'prompt-stays', message: 'The prompt itself cannot be withdrawn; cancel the request, or say what to do instead.' }
    : null;
}
