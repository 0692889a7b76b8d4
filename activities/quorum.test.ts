import { describe, expect, it } from '@jest/globals';
import type { Role } from '../workflows/contracts/principal.ts';
import type { Decision, Gate } from '../workflows/contracts/request.ts';
import { lostVoters, quorumHolds } from './quorum.ts';
import { principal } from './testing/samples.ts';

function vote(id: string, over: Partial<Decision> = {}): Decision {
  return { decisionId: id, vote: 'approve', by: principal({ id }), rule: null, comment: '', atMs: 1, superseded: false, ...over };
}

function gate(decisions: Decision[], rule: Partial<Gate['rule']> = {}): Gate {
  return {
    gateId: 'g',
    subject: { kind: 'commit', id: 'c' },
    rule: { required: 2, roles: ['maintainer'], requesterMayVote: false, ...rule },
    status: 'open',
    openedAtMs: 1,
    expiresAtMs: null,
    closedAtMs: null,
    decisions,
    checks: [],
  };
}

const maintainers = new Map<string, Role[]>([
  ['ada', ['maintainer']],
  ['bob', ['maintainer']],
  ['eve', ['reviewer']],
  ['req', ['maintainer']],
]);

describe('quorumHolds', () => {
  it.each([
    ['two maintainers', gate([vote('ada'), vote('bob')]), true],
    ['one person twice', gate([vote('ada'), vote('ada')]), false],
    ['somebody who lost the role', gate([vote('ada'), vote('eve')]), false],
    ['somebody who left', gate([vote('ada'), vote('gone')]), false],
    ['the requester, who may not', gate([vote('ada'), vote('req')]), false],
    ['the requester, who may', gate([vote('ada'), vote('req')], { requesterMayVote: true }), true],
    ['a superseded vote', gate([vote('ada'), vote('bob', { superseded: true })]), false],
    ['a rejecting vote', gate([vote('ada'), vote('bob', { vote: 'reject' })]), false],
    ['a recorded rule', gate([vote('x', { by: null, rule: 'pre-approved' })]), true],
    ['nobody where nobody is needed', gate([], { required: 0 }), true],
  ])('with %s', (_name, input, expected) => {
    expect(quorumHolds(input, maintainers, 'req')).toBe(expected);
  });
});

describe('lostVoters', () => {
  it.each<[string, Gate, string[]]>([
    ['of two maintainers', gate([vote('ada'), vote('bob')]), []],
    ['of one who kept and one who lost the role', gate([vote('ada'), vote('eve')]), ['eve']],
    ['of somebody who left, once', gate([vote('gone'), vote('gone'), vote('ada')]), ['gone']],
    ['of the requester, who may not', gate([vote('req'), vote('ada')]), ['req']],
    ['of superseded and rejecting votes', gate([vote('eve', { superseded: true }), vote('gone', { vote: 'reject' })]), []],
    ['of a recorded rule', gate([vote('x', { by: null, rule: 'pre-approved' })]), []],
  ])('%s', (_name, input, expected) => {
    expect(lostVoters(input, maintainers, 'req')).toEqual(expected);
  });
});
