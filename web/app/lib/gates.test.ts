import { describe, expect, it } from '@jest/globals';
import type { Schemas } from './api.ts';
import { missingApprovals, standingVotes, votingRefusal } from './gates.ts';

type Gate = Schemas['Gate'];
type Decision = Gate['decisions'][number];

function vote(who: string | null, changes: Partial<Decision> = {}): Decision {
  const by = who === null ? null : { id: who, tenantId: 't', name: who, email: '', roles: ['reviewer' as const] };
  return { decisionId: `d-${who}`, vote: 'approve', by, rule: null, comment: '', atMs: 0, superseded: false, ...changes };
}

function gate(required: number, decisions: Decision[], requesterMayVote = true): Gate {
  const rule = { required, roles: ['reviewer' as const], requesterMayVote };
  const subject = { kind: 'commit' as const, id: 'c' };
  return { gateId: 'g', subject, rule, status: 'open', openedAtMs: 0, expiresAtMs: null, closedAtMs: null, decisions, checks: [] };
}

describe('missingApprovals', () => {
  it.each<[string, number, Decision[], number]>([
    ['nobody voted', 2, [], 2],
    ['one of two', 2, [vote('a')], 1],
    ['one person twice', 2, [vote('a'), vote('a')], 1],
    ['a vote that was superseded', 1, [vote('a', { superseded: true })], 1],
    ['a rejection', 1, [vote('a', { vote: 'reject' })], 1],
    ['more than needed', 1, [vote('a'), vote('b')], 0],
    ['a rule of the project', 3, [vote(null, { rule: 'pre-approved' })], 0],
  ])('%s', (_case, required, decisions, missing) => {
    expect(missingApprovals(gate(required, decisions))).toBe(missing);
  });
});

describe('standingVotes', () => {
  it('leaves out what was superseded', () => {
    const kept = vote('a', { vote: 'reject' });

    expect(standingVotes(gate(1, [vote('a', { superseded: true }), kept]))).toEqual([kept]);
  });
});

describe('votingRefusal', () => {
  it.each<[string, Parameters<typeof votingRefusal>[1], boolean, ReturnType<typeof votingRefusal>]>([
    ['a role that the rule names', { id: 'a', roles: ['reviewer'] }, true, null],
    ['another role, even a higher one', { id: 'a', roles: ['admin'] }, true, 'role'],
    ['the requester where that is allowed', { id: 'me', roles: ['reviewer'] }, true, null],
    ['the requester where it is not', { id: 'me', roles: ['reviewer'] }, false, 'requester'],
  ])('%s', (_case, voter, requesterMayVote, refusal) => {
    expect(votingRefusal(gate(1, [], requesterMayVote), voter, 'me')).toBe(refusal);
  });
});
