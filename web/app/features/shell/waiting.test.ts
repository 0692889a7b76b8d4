import { describe, expect, it } from '@jest/globals';
import { newlyWaiting, waitingCounts, type WaitingRequest } from './waiting.ts';

const patch: WaitingRequest = { requestId: 'a', title: 'A', kind: 'patch-approval' };
const answer: WaitingRequest = { requestId: 'b', title: 'B', kind: 'answer' };

describe('newlyWaiting', () => {
  it.each<[string, WaitingRequest[], WaitingRequest[], WaitingRequest[]]>([
    ['nothing when all waited before', [patch, answer], [answer, patch], []],
    ['a request that begins to wait', [patch], [patch, answer], [answer]],
    ['a request that now waits for something else', [patch], [{ ...patch, kind: 'merge' }], [{ ...patch, kind: 'merge' }]],
    ['nothing when one no longer waits', [patch, answer], [patch], []],
  ])('%s', (_name, before, now, expected) => {
    const fresh = newlyWaiting(before, now);

    expect(fresh).toEqual(expected);
  });
});

describe('waitingCounts', () => {
  it('counts everything at the overview, and votes alone at the inbox', () => {
    expect(waitingCounts([patch, answer, { ...patch, kind: 'plan-approval' }])).toEqual({ '/': 3, '/approvals': 2 });
  });
});
