import { describe, expect, it } from '@jest/globals';
import type { Role } from '../workflows/contracts/principal.ts';
import type { AwaitingKind, Decision, Gate } from '../workflows/contracts/request.ts';
import { awaiting, openGate, owner } from './testing/rows.ts';
import { waitsFor } from './waits-for.ts';

const person = (...roles: Role[]) => ({ ...owner, id: 'ada', roles });
const vote = (id: string, superseded = false): Decision => {
  return { decisionId: 'd', vote: 'approve', by: { ...owner, id }, rule: null, comment: '', atMs: 1, superseded };
};
const rule = (changes: Partial<Gate['rule']> = {}) => ({ required: 2, roles: ['reviewer' as const], requesterMayVote: true, ...changes });

function waits(roles: Role[], kind: AwaitingKind, gate: Partial<Gate> | null = null, requesterId = 'bob'): boolean {
  return waitsFor(person(...roles), { requesterId, awaiting: awaiting(kind), gate: gate && openGate({ rule: rule(), ...gate }) });
}

describe('waitsFor', () => {
  const cases: [string, boolean, boolean][] = [
    ['an approval waits for whom the rule names', waits(['reviewer'], 'patch-approval', {}), true],
    ['a plan as well', waits(['reviewer'], 'plan-approval', {}), true],
    ['not for a higher role that the rule does not name', waits(['admin'], 'patch-approval', {}), false],
    [
      'not for the requester where they may not vote',
      waits(['reviewer'], 'patch-approval', { rule: rule({ requesterMayVote: false }) }, 'ada'),
      false,
    ],
    ['for the requester where they may', waits(['reviewer'], 'patch-approval', {}, 'ada'), true],
    ['not for one who voted', waits(['reviewer'], 'patch-approval', { decisions: [vote('ada')] }), false],
    ['again for one whose vote fell', waits(['reviewer'], 'patch-approval', { decisions: [vote('ada', true)] }), true],
    ['still when somebody else voted', waits(['reviewer'], 'patch-approval', { decisions: [vote('eve')] }), true],
    ['not at a gate that is decided', waits(['reviewer'], 'patch-approval', { status: 'approved' }), false],
    ['not at a gate that is not known yet', waits(['reviewer'], 'patch-approval', null), false],
    ['a question waits for maintainers', waits(['maintainer'], 'answer'), true],
    ['and admins', waits(['admin'], 'retry'), true],
    ['not for reviewers', waits(['reviewer'], 'answer'), false],
    ['not for observers', waits(['observer'], 'merge'), false],
    ['a merge waits for maintainers', waits(['maintainer'], 'merge'), true],
    ['a slot waits for nobody', waits(['admin'], 'slot'), false],
  ];

  it.each(cases)('%s', (_name, answer, expected) => {
    expect(answer).toBe(expected);
  });

  it('nothing waits for anybody while nothing is awaited', () => {
    expect(waitsFor(person('admin'), { requesterId: 'bob', awaiting: null, gate: openGate() })).toBe(false);
  });
});
