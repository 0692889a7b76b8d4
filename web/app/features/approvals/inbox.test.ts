import { describe, expect, it } from '@jest/globals';
import type { Schemas } from '~/lib/api.ts';
import { checksSummary, type InboxRequest, inboxOf, moveMark, reviewSummary } from './inbox.ts';

type Decision = Schemas['Decision'];

const viewer = { id: 'ada', roles: ['reviewer' as const] };

function vote(atMs: number): Decision {
  const by = { id: 'ada', tenantId: 't', name: 'Ada', email: 'a@localhost', roles: ['reviewer' as const] };
  return { decisionId: `d${atMs}`, vote: 'approve', by, rule: null, comment: '', atMs, superseded: false };
}

/** Only what the inbox looks at. */
function request(requestId: string, gate: Partial<Schemas['Gate']> | null, requesterId = 'bob'): InboxRequest {
  const rule = { required: 2, roles: ['reviewer' as const], requesterMayVote: false };
  const whole = { status: 'open', subject: { kind: 'commit', id: 'c' }, rule, openedAtMs: 0, decisions: [], checks: [], ...gate };
  return { requestId, requester: { id: requesterId, name: requesterId }, gate: gate && whole } as unknown as InboxRequest;
}

describe('inboxOf', () => {
  it('puts first what waits longest for the vote of the viewer, and apart what they voted on and what is not theirs', () => {
    const inbox = inboxOf(
      [
        request('new', { openedAtMs: 20 }),
        request('old', { openedAtMs: 10 }),
        request('voted-first', { decisions: [vote(1)] }),
        request('voted-last', { decisions: [vote(2)] }),
        request('mine', {}, 'ada'),
        request('closed', { status: 'approved' }),
        request('none', null),
      ],
      viewer,
    );
    const ids = (items: { request: InboxRequest }[]) => items.map((item) => item.request.requestId);

    expect(ids(inbox.open)).toEqual(['old', 'new']);
    expect(ids(inbox.voted)).toEqual(['voted-last', 'voted-first']);
    expect(ids(inbox.others)).toEqual(['mine']);
  });
});

describe('moveMark', () => {
  it.each([
    [-1, 1, 3, 0],
    [-1, -1, 3, 2],
    [0, 1, 3, 1],
    [2, 1, 3, 2],
    [0, -1, 3, 0],
    [5, 1, 3, 2],
    [-1, 1, 0, -1],
  ] as const)('from %d by %d in %d: %d', (mark, by, length, next) => {
    expect(moveMark(mark, by, length)).toBe(next);
  });
});

describe('checksSummary', () => {
  const check = (status: Schemas['CheckResult']['status']) => ({ name: 'n', command: 'c', status, exitCode: 0, durationMs: 1 });

  it.each([
    [[], 'outline', 'No checks'],
    [['passed'], 'success', '1 check passed'],
    [['passed', 'passed'], 'success', '2 checks passed'],
    [['passed', 'timed-out'], 'destructive', '1 of 2 checks failed'],
    [['error'], 'destructive', '1 of 1 check failed'],
  ] as const)('%j is %s: %s', (statuses, variant, text) => {
    expect(checksSummary(statuses.map(check))).toEqual({ variant, text });
  });
});

describe('reviewSummary', () => {
  it.each([
    ['approve', 0, 'success', 'Review: approves, no remarks'],
    ['request-changes', 2, 'warning', 'Review: wants changes, 2 remarks'],
    ['comment', 1, 'outline', 'Review: 1 remark'],
    [null, 0, 'outline', 'Review: no remarks'],
  ] as const)('of %s with %d: %s %s', (verdict, findings, variant, text) => {
    expect(reviewSummary({ verdict, findings })).toEqual({ variant, text });
  });
});
