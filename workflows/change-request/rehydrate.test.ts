import { describe, expect, it } from '@jest/globals';
import type { AwaitingKind, MessageRef, RequestSnapshot, RequestStatus } from '../contracts/request.ts';
import { requester, requestInput } from '../testing/fixtures.ts';
import { nextStep } from './next-step.ts';
import { rehydrated } from './rehydrate.ts';
import { initialState } from './state.ts';

const nowMs = 9_000;
const message = (messageId: string): MessageRef => ({ messageId, kind: 'chat', author: requester });
const working = { reviewId: 'r1-review-1', commit: 'c1', status: 'working' as const, posted: false };

function awaiting(kind: AwaitingKind): RequestStatus['awaiting'] {
  return { kind, reason: kind, message: '', actions: [], sinceMs: 1, untilMs: null, questionId: null, questions: [] };
}

function stored(status: Partial<RequestStatus>, over: Partial<RequestSnapshot> = {}): RequestSnapshot {
  const initial = initialState(requestInput());
  return { ...initial, epoch: 2, version: 7, pending: [], ...over, status: { ...initial.status, ...status } };
}

const busy = { stage: 'EXECUTING' as const, activeRunId: 'r1-1', runCount: 1 };

describe('rehydrated', () => {
  it.each<[string, RequestSnapshot, Partial<RequestStatus>, string]>([
    ['a run at work becomes due again', stored(busy), { stage: 'EXECUTING', activeRunId: null, awaiting: null }, 'run'],
    [
      'one that waited for a slot asks anew',
      stored({ ...busy, awaiting: awaiting('slot') }),
      { stage: 'EXECUTING', awaiting: null },
      'run',
    ],
    [
      'a question of the lost agent is not open any more',
      stored({ ...busy, stage: 'BLOCKED', resumeStage: 'EXECUTING', awaiting: awaiting('answer') }),
      { stage: 'EXECUTING', activeRunId: null, awaiting: null, resumeStage: null },
      'run',
    ],
    [
      'a plan that was being made',
      stored({ ...busy, stage: 'BLOCKED', resumeStage: 'PLANNING', awaiting: awaiting('answer') }),
      { stage: 'PLANNING', awaiting: null },
      'run',
    ],
    [
      'a person’s turn stays a person’s turn',
      stored({ stage: 'BLOCKED', resumeStage: 'EXECUTING', awaiting: awaiting('retry') }),
      { stage: 'BLOCKED', resumeStage: 'EXECUTING', awaiting: awaiting('retry') },
      'wait',
    ],
    ['a gate stays open', stored({ stage: 'PATCH_READY', awaiting: awaiting('patch-approval') }), { stage: 'PATCH_READY' }, 'wait'],
    ['a merge that was asked for is done', stored({ stage: 'REVIEWED' }, { mergeRequested: true }), { stage: 'REVIEWED' }, 'merge'],
    ['a cancel that was asked for is done', stored(busy, { cancelRequested: true }), { activeRunId: null }, 'cancel'],
  ])('%s', (_, snapshot, status, step) => {
    const state = rehydrated(snapshot, nowMs);

    expect(state.status).toMatchObject({ ...status, updatedAtMs: nowMs });
    expect(nextStep(state).kind).toBe(step);
  });

  it('has carried messages pending again, before those that waited, each once', () => {
    const state = rehydrated(stored(busy, { carried: [message('m1'), message('m2')], pending: [message('m2'), message('m3')] }), nowMs);

    expect(state.pending.map(({ messageId }) => messageId)).toEqual(['m1', 'm2', 'm3']);
    expect(state.status.pendingMessageIds).toEqual(['m1', 'm2', 'm3']);
    expect(state.carried).toEqual([]);
  });

  it.each([
    ['due again when it was working', working, 'due'],
    ['left when it was done', { ...working, status: 'completed' as const }, 'completed'],
  ])('has a review %s', (_, review, expected) => {
    const state = rehydrated(stored({ stage: 'PATCH_READY' }, { review }), nowMs);

    expect(state.review).toEqual({ ...review, status: expected });
  });

  it('comes after everything that was written before, and counts runs on', () => {
    const state = rehydrated(stored(busy), nowMs);

    expect([state.epoch, state.version, state.status.runCount]).toEqual([3, 8, 1]);
  });

  it('leaves a request that has ended as it is', () => {
    const snapshot = stored({ stage: 'DONE' });

    expect(rehydrated(snapshot, nowMs)).toBe(snapshot);
  });
});
