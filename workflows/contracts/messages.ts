import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Principal } from './principal.ts';
import type { Gate, MessageRef, RequestStatus, StageInterval } from './request.ts';
import type { AgentQuestion } from './request.ts';

/** Every inbound message carries the id of its inbox row; the workflow handles each id once. */
interface Inbound {
  deliveryId: string;
  by: Principal;
}

export type ChatInput = Inbound & { message: MessageRef };
export type VoteInput = Inbound & { subjectId: string; comment: string };
export type AmendInput = VoteInput & { message: MessageRef };
/** `answers` is keyed by AgentQuestion.id. */
export type AnswerInput = Inbound & { questionId: string; answers: Record<string, string[]> };
export type RetryInput = Inbound & { comment: string };
export type CancelInput = Inbound & { reason: string };
export type MergeInput = Inbound & { subjectId: string };
export type WithdrawInput = Inbound & { messageId: string };

/** What an accepted Update answers: the stage after it, and for chat the run that will carry it (null: it starts one). */
export interface Accepted {
  stage: RequestStatus['stage'];
  duplicate: boolean;
  runId: string | null;
}

export const chatUpdate = defineUpdate<Accepted, [ChatInput]>('chat');
export const approveUpdate = defineUpdate<Accepted, [VoteInput]>('approve');
export const rejectUpdate = defineUpdate<Accepted, [VoteInput]>('reject');
export const amendUpdate = defineUpdate<Accepted, [AmendInput]>('amend');
export const answerUpdate = defineUpdate<Accepted, [AnswerInput]>('answer');
export const retryUpdate = defineUpdate<Accepted, [RetryInput]>('retry');
export const cancelUpdate = defineUpdate<Accepted, [CancelInput]>('cancel');
export const mergeUpdate = defineUpdate<Accepted, [MergeInput]>('merge');
export const withdrawUpdate = defineUpdate<Accepted, [WithdrawInput]>('withdraw');

/** The same as the Updates, for chat integrations that cannot wait for an answer. */
export const chatSignal = defineSignal<[ChatInput]>('chat');
export const approveSignal = defineSignal<[VoteInput]>('approve');
/** The projection is not of this run of the workflow, as after a reset: write it again. */
export const reprojectSignal = defineSignal<[]>('reproject');
/** The slot that this run waited for is now its own. */
export const slotGrantedSignal = defineSignal<[]>('slotGranted');

export const statusQuery = defineQuery<RequestStatus>('status');
export const timelineQuery = defineQuery<StageInterval[]>('timeline');
export const gateQuery = defineQuery<Gate | null>('gate');

/** Parent to its agent-run child. */
export const runMessageSignal = defineSignal<[MessageRef]>('runMessage');
export const runAnswerSignal = defineSignal<[{ questionId: string; answers: Record<string, string[]> }]>('runAnswer');
export const runCancelSignal = defineSignal<[{ reason: string }]>('runCancel');

/** Agent-run child to its parent. */
export const runQuestionSignal = defineSignal<[{ runId: string; questionId: string; questions: AgentQuestion[] }]>('runQuestion');
export const runStateSignal = defineSignal<[{ runId: string; state: 'waiting-for-slot' | 'working' }]>('runState');

/** Names of the Updates by inbox kind, so that the relay and the API share one table. */
export const updatesByKind = {
  chat: chatUpdate,
  approve: approveUpdate,
  reject: rejectUpdate,
  amend: amendUpdate,
  answer: answerUpdate,
  retry: retryUpdate,
  cancel: cancelUpdate,
  merge: mergeUpdate,
  withdraw: withdrawUpdate,
} as const;
export type InboxUpdateKind = keyof typeof updatesByKind;
