import { describe, expect, it } from '@jest/globals';
import type { Schemas } from '~/lib/api.ts';
import { anyOf, voteView } from './vote.ts';

type Gate = Schemas['Gate'];

const ada = { id: 'ada', tenantId: 't', name: 'Ada', email: 'ada@localhost', roles: ['reviewer' as const] };
const bob = { ...ada, id: 'bob', name: 'Bob' };

function decision(by: typeof ada, vote: Gate['decisions'][number]['vote'], superseded = false): Gate['decisions'][number] {
  return { decisionId: `${by.id}-${vote}`, vote, by, rule: null, comment: '', atMs: 0, superseded };
}

function gate(changes: Partial<Gate> & { required?: number } = {}): Gate {
  const { required = 1, ...rest } = changes;
  return {
    gateId: 'g',
    subject: { kind: 'commit', id: '0123456789abcdef' },
    rule: { required, roles: ['maintainer', 'reviewer'], requesterMayVote: true },
    status: 'open',
    openedAtMs: 0,
    expiresAtMs: null,
    closedAtMs: null,
    decisions: [],
    checks: [],
    ...rest,
  };
}

describe('voteView', () => {
  it('says which commit an approval is about and that it publishes exactly that one', () => {
    expect(voteView(gate(), ada, 'bob')).toEqual({
      refusal: null,
      mine: null,
      given: 0,
      missing: 1,
      required: 1,
      statement: 'Approving commit 01234567 completes the approval: exactly this commit is then published as a merge request.',
    });
  });

  it.each([
    [2, [], 'Approving commit 01234567 leaves 1 approval missing; once complete, exactly this commit'],
    [3, [], 'leaves 2 approvals missing'],
    [2, [decision(bob, 'approve')], 'completes the approval'],
    [2, [decision(bob, 'approve', true)], 'leaves 1 approval missing'],
    [2, [decision(ada, 'approve')], 'You approved commit 01234567; 1 approval still missing.'],
  ])('of %d required with %j given: %s', (required, decisions, statement) => {
    expect(voteView(gate({ required, decisions }), ada, 'zoe').statement).toContain(statement);
  });

  it('counts a person once, and their last vote as theirs', () => {
    const decisions = [decision(ada, 'approve'), decision(ada, 'approve'), decision(bob, 'reject')];

    expect(voteView(gate({ required: 2, decisions }), bob, 'zoe')).toMatchObject({ given: 1, missing: 1, mine: 'reject' });
  });

  it('speaks of the plan where the gate is about one', () => {
    const view = voteView(gate({ subject: { kind: 'plan', id: 'run-1-plan' } }), ada, 'bob');

    expect(view.statement).toBe('Approving this plan completes the approval: the agent then carries it out.');
  });

  it.each([
    ['a closed gate', gate({ status: 'approved' }), ada, 'This gate is approved'],
    ['a role that the rule does not name', gate(), { id: 'eve', roles: ['observer' as const] }, 'Only maintainer or reviewer may decide'],
    [
      "one's own request where that is not allowed",
      gate({ rule: { required: 1, roles: ['reviewer'], requesterMayVote: false } }),
      ada,
      'You may not vote on your own request',
    ],
  ])('refuses %s in words', (_case, given, viewer, words) => {
    expect(voteView(given, viewer, 'ada').refusal).toContain(words);
  });
});

describe('anyOf', () => {
  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a or b'],
    [['a', 'b', 'c'], 'a, b or c'],
  ])('%j is %j', (names, text) => {
    expect(anyOf(names)).toBe(text);
  });
});
