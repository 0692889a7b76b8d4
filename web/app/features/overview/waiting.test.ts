import { describe, expect, it } from '@jest/globals';
import type { Schemas } from '~/lib/api.ts';
import { groupWaiting, waitingKind, waitingPath } from './waiting.ts';

type Awaiting = Schemas['Awaiting'];

function awaiting(kind: Awaiting['kind'], sinceMs = 0, actions: Awaiting['actions'] = []): Awaiting {
  return { kind, sinceMs, untilMs: null, reason: null, message: '', actions, questionId: null, questions: [] };
}

describe('waitingKind', () => {
  it.each([
    ['answer', 'answer'],
    ['plan-approval', 'vote'],
    ['patch-approval', 'vote'],
    ['merge', 'merge'],
    ['budget', 'open'],
    ['policy-waiver', 'open'],
    ['reopen', 'open'],
  ] as const)('%s is dealt with by %s', (kind, action) => {
    expect(waitingKind(awaiting(kind))?.action).toBe(action);
  });

  it('offers to run again only where the request allows it', () => {
    expect(waitingKind(awaiting('retry', 0, ['retry', 'cancel']))?.action).toBe('retry');
    expect(waitingKind(awaiting('retry', 0, ['amend', 'cancel']))?.action).toBe('open');
  });

  it('shows nothing that needs no person', () => {
    expect(waitingKind(awaiting('slot'))).toBeNull();
    expect(waitingKind(null)).toBeNull();
  });
});

describe('groupWaiting', () => {
  it('begins with questions, and in each group with what waits longest', () => {
    const requests = [
      { id: 'merge', awaiting: awaiting('merge', 1) },
      { id: 'new', awaiting: awaiting('patch-approval', 9) },
      { id: 'old', awaiting: awaiting('plan-approval', 5) },
      { id: 'slot', awaiting: awaiting('slot', 0) },
      { id: 'asks', awaiting: awaiting('answer', 8) },
    ];

    const groups = groupWaiting(requests).map(({ group, items }) => [group, items.map(({ id }) => id)]);

    expect(groups).toEqual([
      ['questions', ['asks']],
      ['approvals', ['old', 'new']],
      ['merges', ['merge']],
    ]);
  });
});

describe('waitingPath', () => {
  it.each([
    ['patch-approval', '/requests/r/changes'],
    ['plan-approval', '/requests/r/plan'],
    ['merge', '/requests/r/merge-request'],
    ['answer', '/requests/r'],
    ['retry', '/requests/r'],
  ] as const)('of %s is %s', (kind, path) => {
    expect(waitingPath('r', kind)).toBe(path);
  });
});
