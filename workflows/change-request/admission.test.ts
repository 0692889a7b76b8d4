import { describe, expect, it } from '@jest/globals';
import { mergeRequest, observer, requester, requestInput, reviewer, runResult } from '../testing/fixtures.ts';
import {
  maxPendingMessages,
  refuseAmend,
  refuseAnswer,
  refuseCancel,
  refuseChat,
  refuseMerge,
  refuseRetry,
  refuseVote,
  refuseWithdraw,
} from './admission.ts';
import { initialState, type RequestState } from './state.ts';
import { transition } from './transition.ts';

const fresh = initialState(requestInput({ review: false }));
const running = transition(fresh, { type: 'run-started', runId: 'r1-1', purpose: 'implement', messages: fresh.pending }, 2);
const gated = transition(running, { type: 'run-ended', result: runResult() }, 3);
const opened = transition(
  transition(gated, { type: 'quorum-confirmed', gateId: 'r1-g1' }, 4),
  { type: 'published', mergeRequest: mergeRequest() },
  5,
);
const closed = transition(running, { type: 'run-ended', result: runResult({ unchanged: true }) }, 3);
const message = { messageId: 'm2', kind: 'chat' as const, author: reviewer };
const vote = (subjectId: string, by = reviewer) => ({ deliveryId: 'd1', by, subjectId, comment: '' });

const chatted = transition(running, { type: 'chat', message }, 3);
const betweenRuns = transition(chatted, { type: 'run-ended', result: runResult() }, 4);
const failedRun = transition(running, { type: 'run-ended', result: runResult({ status: 'failed', handledMessageIds: [] }) }, 3);
const withdraw = (messageId: string) => ({ deliveryId: 'd', by: reviewer, messageId });

describe('admission', () => {
  const cases: [string, { code: string } | null, string | null][] = [
    ['chat on a closed request', refuseChat(closed, { deliveryId: 'd', by: reviewer, message }), 'request-closed'],
    ['chat on an open request', refuseChat(running, { deliveryId: 'd', by: reviewer, message }), null],
    ['a vote before any gate', refuseVote(running, vote('c1')), 'gate-closed'],
    ['a vote on an old checkpoint', refuseVote(gated, vote('c0')), 'stale-checkpoint'],
    ['a vote on a closed gate', refuseVote(opened, vote('c1')), 'gate-closed'],
    ['a vote without a role', refuseVote(gated, vote('c1', observer)), 'not-a-voter'],
    ['a good vote', refuseVote(gated, vote('c1')), null],
    ['amend on the open gate', refuseAmend(gated, { ...vote('c1'), message }), null],
    ['an answer to nothing', refuseAnswer(running, { deliveryId: 'd', by: reviewer, questionId: 'q', answers: {} }), 'no-question'],
    ['retry of nothing', refuseRetry(running, { deliveryId: 'd', by: reviewer, comment: '' }), 'nothing-to-retry'],
    ['cancel of a closed request', refuseCancel(closed, { deliveryId: 'd', by: reviewer, reason: '' }), 'request-closed'],
    ['merge before a merge request', refuseMerge(gated, { deliveryId: 'd', by: reviewer, subjectId: 'c1' }), 'no-merge-request'],
    ['merge of an old commit', refuseMerge(opened, { deliveryId: 'd', by: reviewer, subjectId: 'c0' }), 'stale-checkpoint'],
    ['withdrawing words that wait for the next run', refuseWithdraw(chatted, withdraw('m2')), null],
    ['withdrawing words that nobody sent', refuseWithdraw(chatted, withdraw('m9')), 'message-not-waiting'],
    ['withdrawing what the run at work carries', refuseWithdraw(chatted, withdraw('m1')), 'message-not-waiting'],
    ['withdrawing the prompt before its run', refuseWithdraw(fresh, withdraw('m1')), 'message-not-waiting'],
    ['withdrawing the prompt after its run failed', refuseWithdraw(failedRun, withdraw('m1')), 'prompt-stays'],
    ['withdrawing words that the next run is about to carry', refuseWithdraw(betweenRuns, withdraw('m2')), 'message-not-waiting'],
    ['withdrawing on a closed request', refuseWithdraw(closed, withdraw('m2')), 'request-closed'],
    ['a good merge', refuseMerge(opened, { deliveryId: 'd', by: reviewer, subjectId: 'c1' }), null],
  ];

  it.each(cases)('%s', (_name, refusal, code) => {
    expect(refusal?.code ?? null).toBe(code);
  });

  it('the requester votes only where the rule lets them', () => {
    const strict = { ...requestInput().gates.patch, requesterMayVote: false };
    const state: RequestState = {
      ...gated,
      status: { ...gated.status, gate: gated.status.gate && { ...gated.status.gate, rule: strict } },
    };

    expect(refuseVote(state, vote('c1', requester))?.code).toBe('not-a-voter');
  });

  it('a flood of messages is refused until a run took them', () => {
    const pending = Array.from({ length: maxPendingMessages }, (_, index) => ({ ...message, messageId: `m${index}` }));

    expect(refuseChat({ ...running, pending }, { deliveryId: 'd', by: reviewer, message })?.code).toBe('too-many-messages');
  });

  it('an incomplete answer names what is missing', () => {
    const question = { id: 'q1', header: '', question: 'Which?', allowsOther: true, options: [] };
    const asked = transition(running, { type: 'question-asked', runId: 'r1-1', questionId: 'q', questions: [question] }, 4);

    expect(refuseAnswer(asked, { deliveryId: 'd', by: reviewer, questionId: 'q', answers: {} })).toMatchObject({
      code: 'incomplete-answer',
      message: expect.stringContaining('q1'),
    });
    expect(refuseAnswer(asked, { deliveryId: 'd', by: reviewer, questionId: 'old', answers: {} })?.code).toBe('stale-question');
  });
});
