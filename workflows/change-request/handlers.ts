import { TemporalFailure } from '@temporalio/common';
import { ApplicationFailure, getExternalWorkflowHandle, isCancellation, log, setHandler, uuid4 } from '@temporalio/workflow';
import { workflowIds } from '../contracts/ids.ts';
import {
  amendUpdate,
  answerUpdate,
  approveSignal,
  approveUpdate,
  cancelUpdate,
  chatSignal,
  chatUpdate,
  mergeUpdate,
  rejectUpdate,
  retryUpdate,
  runAnswerSignal,
  runCancelSignal,
  runMessageSignal,
  withdrawUpdate,
  type Accepted,
  type AmendInput,
  type AnswerInput,
  type CancelInput,
  type ChatInput,
  type MergeInput,
  type RetryInput,
  type VoteInput,
  type WithdrawInput,
} from '../contracts/messages.ts';
import type { Decision, MessageRef } from '../contracts/request.ts';
import {
  refuseAmend,
  refuseAnswer,
  refuseCancel,
  refuseChat,
  refuseMerge,
  refuseRetry,
  refuseVote,
  refuseWithdraw,
  type Refusal,
} from './admission.ts';
import type { RequestState } from './state.ts';
import type { RequestEvent } from './transition.ts';
import { findWaiting } from './withdrawal.ts';

/** What handlers need of the running request. */
export interface HandlerContext {
  state(): RequestState;
  apply(event: RequestEvent): void;
  markSeen(deliveryId: string): void;
  /** Withdraws the message in the database, where its way to the agent is known; answers how it stands then. */
  withdraw(messageId: string, by: string): Promise<{ disposition: string }>;
}

/** Registers the Updates of people and their Signal twins. A delivery id is handled once, whatever brings it again. */
export function registerHandlers(context: HandlerContext): void {
  /** The validator lets a repeated delivery through: it was accepted before and is answered as such. */
  const validate = <I extends { deliveryId: string }>(refuse: (state: RequestState, input: I) => Refusal | null) =>
    function validator(input: I): void {
      if (context.state().seen.includes(input.deliveryId)) return;
      const refusal = refuse(context.state(), input);
      if (refusal) throw ApplicationFailure.nonRetryable(refusal.message, refusal.code);
    };
  const once = <I extends { deliveryId: string }>(handle: (input: I) => Promise<void> | void) =>
    async function handler(input: I): Promise<Accepted> {
      const duplicate = context.state().seen.includes(input.deliveryId);
      if (!duplicate) {
        context.markSeen(input.deliveryId);
        await handle(input);
      }
      const { stage, activeRunId } = context.state().status;
      return { stage, duplicate, runId: activeRunId };
    };

  const chat = once<ChatInput>((input) => takeMessage(context, input.message));
  const approve = once<VoteInput>((input) => context.apply({ type: 'vote', decision: decisionOf('approve', input) }));
  const reject = once<VoteInput>((input) => context.apply({ type: 'vote', decision: decisionOf('reject', input) }));
  const amend = once<AmendInput>((input) =>
    context.apply({ type: 'amend', decision: decisionOf('changes-requested', input), message: input.message }),
  );
  setHandler(chatUpdate, chat, { validator: validate(refuseChat) });
  setHandler(approveUpdate, approve, { validator: validate(refuseVote) });
  setHandler(rejectUpdate, reject, { validator: validate(refuseVote) });
  setHandler(amendUpdate, amend, { validator: validate(refuseAmend) });
  setHandler(
    answerUpdate,
    once<AnswerInput>((input) => answer(context, input)),
    { validator: validate(refuseAnswer) },
  );
  setHandler(
    retryUpdate,
    once<RetryInput>(() => context.apply({ type: 'retry' })),
    { validator: validate(refuseRetry) },
  );
  setHandler(
    cancelUpdate,
    once<CancelInput>((input) => cancel(context, input)),
    { validator: validate(refuseCancel) },
  );
  setHandler(
    mergeUpdate,
    once<MergeInput>(() => context.apply({ type: 'merge-requested' })),
    { validator: validate(refuseMerge) },
  );
  setHandler(withdrawUpdate, (input) => withdraw(context, input), { validator: validate(refuseWithdraw) });
  // A Signal cannot be refused, so one that admission would refuse is dropped here.
  setHandler(chatSignal, async (input) => {
    if (!refuseChat(context.state(), input)) await chat(input);
  });
  setHandler(approveSignal, async (input) => {
    if (!refuseVote(context.state(), input)) await approve(input);
  });
}

function decisionOf(vote: Decision['vote'], input: VoteInput): Decision {
  return { decisionId: uuid4(), vote, by: input.by, rule: null, comment: input.comment, atMs: Date.now(), superseded: false };
}

/** Accepted means durable: the message stands in the state before the run hears of it. */
async function takeMessage(context: HandlerContext, message: MessageRef): Promise<void> {
  context.apply({ type: 'chat', message });
  const { activeRunId } = context.state().status;
  if (activeRunId) await toRun(activeRunId, (run) => run.signal(runMessageSignal, message));
}

/**
 * Out of what waits first, so that no run carries it meanwhile; then asks whether the run at work took it. A refusal is not marked
 * as handled: the same delivery is then refused again.
 */
async function withdraw(context: HandlerContext, input: WithdrawInput): Promise<Accepted> {
  const duplicate = context.state().seen.includes(input.deliveryId);
  const withdrawn = duplicate ? null : findWaiting(context.state(), input.messageId);
  if (withdrawn !== null) {
    context.apply({ type: 'withdraw', messageId: input.messageId });
    const { disposition } = await context.withdraw(input.messageId, input.by.name);
    if (disposition !== 'withdrawn') {
      context.apply({ type: 'withdraw-refused', withdrawn, disposition });
      throw ApplicationFailure.nonRetryable(
        'The agent has this message already; send another one that takes it back.',
        'message-with-agent',
      );
    }
    context.markSeen(input.deliveryId);
  }
  const { stage, activeRunId } = context.state().status;
  return { stage, duplicate, runId: activeRunId };
}

async function answer(context: HandlerContext, input: AnswerInput): Promise<void> {
  const { activeRunId } = context.state().status;
  context.apply({ type: 'question-answered' });
  if (activeRunId) await toRun(activeRunId, (run) => run.signal(runAnswerSignal, { questionId: input.questionId, answers: input.answers }));
}

async function cancel(context: HandlerContext, input: CancelInput): Promise<void> {
  const { activeRunId } = context.state().status;
  context.apply({ type: 'cancel', reason: input.reason || `cancelled by ${input.by.name}` });
  if (activeRunId) await toRun(activeRunId, (run) => run.signal(runCancelSignal, { reason: input.reason }));
}

/**
 * Tells a run. Temporal refuses a signal only to a workflow that is not open: the run has just ended, or does not exist yet. The
 * state has what was said, and the request acts on it when the run's end, or its beginning, is known.
 */
async function toRun(runId: string, send: (run: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>): Promise<void> {
  try {
    await send(getExternalWorkflowHandle(workflowIds.run(runId)));
  } catch (error) {
    if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
    log.info('a run could not be told', { runId, reason: error.message });
  }
}
