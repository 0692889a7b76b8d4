import { describe, expect, it } from '@jest/globals';
import { detailOf, gateOf } from '../detail.fixture.ts';
import type { Gate, RequestDetail } from '../types.ts';
import { standingOf, type Person, type Standing } from './standing.ts';

const ada: Person = { id: 'ada', name: 'Ada', roles: ['maintainer'] };
const bob: Person = { id: 'bob', name: 'Bob', roles: ['reviewer'] };
const eve: Person = { id: 'eve', name: 'Eve', roles: ['observer'] };
const people = [ada, bob, eve];

function approvalBy(person: Person, fields: Partial<Gate['decisions'][number]> = {}): Gate['decisions'][number] {
  const by = { ...person, roles: [...person.roles], tenantId: 't', email: '' };
  return { decisionId: `d-${person.id}`, vote: 'approve', by, rule: null, comment: '', atMs: 1, superseded: false, ...fields };
}

function at(
  fields: Partial<RequestDetail>,
  me: Person = ada,
  shown: string | null = 'c0ffee01',
  known: Person[] | null = people,
): Standing {
  return standingOf(detailOf(fields), me, known, shown);
}

function allWords({ headline, details }: Standing): string {
  return [headline, ...details].join(' ');
}

describe('standingOf an open gate', () => {
  it('names the commit, how many votes are missing and who can give them', () => {
    const standing = at({ gate: gateOf({ rule: { required: 2, roles: ['reviewer', 'maintainer'], requesterMayVote: true } }) });

    expect(standing.headline).toBe('Commit c0ffee01 waits for 2 approvals.');
    expect(standing.details).toContain('It can come from Ada or Bob.');
    expect(standing).toMatchObject({ kind: 'open', subject: 'c0ffee01', mayDecide: true, mayAmend: true });
    expect(standing.consequences.approve).toMatch(/1 more approval is then still needed; after that exactly this commit is pushed/);
  });

  it('counts the votes that stand, not those that were overtaken', () => {
    const rule = { required: 2, roles: ['reviewer' as const, 'maintainer' as const], requesterMayVote: true };
    const gate = gateOf({ rule, decisions: [approvalBy(bob), approvalBy(ada, { superseded: true })] });

    const standing = at({ gate });

    expect(standing.headline).toMatch(/waits for 1 more approval of 2/);
    expect(standing.details).toContain('It can come from Ada.');
    expect(standing.consequences.approve).toMatch(/^Yours is the last vote/);
    expect(standing.votes.map(({ who, isCounted }) => [who, isCounted])).toEqual([
      ['Bob', true],
      ['Ada', false],
    ]);
  });

  it('says that a vote was given already, and what another one does', () => {
    const gate = gateOf({ rule: { required: 2, roles: ['reviewer', 'maintainer'], requesterMayVote: true }, decisions: [approvalBy(ada)] });

    const standing = at({ gate });

    expect(allWords(standing)).toMatch(/voted already \(approved\)/);
    expect(standing.consequences.approve).toMatch(/^1 more approval is then still needed/);
  });

  it.each<[string, Partial<Gate>, Person, RegExp]>([
    ['a role that may not', {}, eve, /only reviewer or maintainer may decide/],
    [
      'the requester where that is not allowed',
      { rule: { required: 1, roles: ['reviewer', 'maintainer'], requesterMayVote: false } },
      ada,
      /requester may not decide/,
    ],
  ])('says why a vote does not count: %s', (_, fields, me, expected) => {
    const standing = at({ gate: gateOf(fields) }, me);

    expect(allWords(standing)).toMatch(expected);
    expect(standing).toMatchObject({ mayDecide: false, mayAmend: false });
  });

  it('leaves the requester out of those who can vote', () => {
    const rule = { required: 1, roles: ['reviewer' as const, 'maintainer' as const], requesterMayVote: false };

    expect(allWords(at({ gate: gateOf({ rule }) }, bob))).toMatch(/come from Bob\./);
    expect(allWords(at({ gate: gateOf({ rule }) }, bob, 'c0ffee01', null))).toMatch(
      /role reviewer or maintainer, but not from the requester/,
    );
    expect(allWords(at({ gate: gateOf({ rule }) }, bob, 'c0ffee01', [ada]))).toMatch(/at the moment there is nobody: ask an admin/);
  });

  it('says when there are fewer voters than votes that are missing', () => {
    const gate = gateOf({ rule: { required: 2, roles: ['reviewer'], requesterMayVote: true } });

    expect(allWords(at({ gate }, bob, 'c0ffee01', [bob, eve]))).toMatch(/Only Bob can give one, and 2 are missing/);
  });

  it('says until when it waits', () => {
    expect(allWords(at({ gate: gateOf({ expiresAtMs: Date.UTC(2030, 0, 2) }) }))).toMatch(
      /Open until 2030-01-02 00:00:00 UTC; then the request ends/,
    );
  });

  it('shortens a long list of voters', () => {
    const many = Array.from({ length: 8 }, (_, index): Person => ({ id: `p${index}`, name: `P${index}`, roles: ['reviewer'] }));

    expect(allWords(at({}, ada, 'c0ffee01', many))).toMatch(/P0, P1, P2, P3, P4 or 3 more/);
  });

  it('refuses a decision while another commit is shown', () => {
    const standing = at({}, ada, '0ldc0ffe');

    expect(standing).toMatchObject({ kind: 'other-commit', mayDecide: false, mayAmend: true });
    expect(standing.details[0]).toMatch(/You look at 0ldc0ffe, but the decision is about c0ffee01/);
  });

  it('names checks that did not pass', () => {
    const checks = [{ name: 'lint', command: 'x', status: 'failed' as const, exitCode: 1, durationMs: 1 }];

    expect(allWords(at({ gate: gateOf({ checks }) }))).toMatch(/Not passed on this commit: lint\./);
  });
});

describe('standingOf anything else', () => {
  const merge = {
    mergeRequestId: 'm',
    forge: 'local',
    number: 3,
    url: 'http://forge.example/3',
    branch: 'b',
    targetBranch: 'main',
    commit: 'c0ffee01',
    state: 'open' as const,
    mergeCommit: null,
  };
  const awaitingMerge = {
    kind: 'merge' as const,
    sinceMs: 1,
    untilMs: null,
    reason: null,
    message: '',
    actions: ['merge' as const],
    questionId: null,
    questions: [],
  };
  const rejected = { ...awaitingMerge, kind: 'retry' as const, reason: 'rejected', actions: ['amend' as const] };

  it.each<[string, Partial<RequestDetail>, Partial<Standing>, RegExp]>([
    ['no gate yet', { gate: null, stage: 'EXECUTING' }, { kind: 'nothing', mayDecide: false }, /when the run has ended/],
    ['a plan’s gate', { gate: gateOf({ subject: { kind: 'plan', id: 'p' } }) }, { kind: 'plan', mayDecide: false }, /tab Plan/],
    [
      'a plan that was decided on',
      { gate: gateOf({ subject: { kind: 'plan', id: 'p' }, status: 'approved' }) },
      { kind: 'plan' },
      /was decided on/,
    ],
    [
      'superseded',
      { gate: gateOf({ status: 'superseded' }) },
      { kind: 'closed', mayDecide: false, mayAmend: false },
      /message went to the agent/,
    ],
    ['approved', { gate: gateOf({ status: 'approved' }) }, { kind: 'closed', mayDecide: false }, /exactly this commit/],
    ['expired', { gate: gateOf({ status: 'expired' }) }, { kind: 'closed', mayDecide: false }, /in time/],
    [
      'rejected',
      { gate: gateOf({ status: 'rejected' }), awaiting: rejected },
      { kind: 'rejected', mayDecide: false, mayAmend: true },
      /Ask for changes/,
    ],
    ['rejected long ago', { gate: gateOf({ status: 'rejected' }) }, { kind: 'rejected', mayAmend: false }, /gate is closed/],
    [
      'waiting for its merge',
      { mergeRequest: merge, awaiting: awaitingMerge },
      { kind: 'merge', mayMerge: true, subject: 'c0ffee01' },
      /merged into main/,
    ],
    [
      'merged elsewhere',
      { mergeRequest: { ...merge, forge: 'gitlab' }, awaiting: awaitingMerge },
      { kind: 'merge', mayMerge: false },
      /http:\/\/forge\.example\/3/,
    ],
    ['done', { stage: 'DONE', outcome: 'merged' }, { kind: 'ended', mayDecide: false }, /was merged/],
    ['done with a patch', { stage: 'DONE', outcome: 'patch' }, { kind: 'ended' }, /download the patch/],
    ['done without a change', { stage: 'DONE', outcome: 'no-changes' }, { kind: 'ended' }, /nothing had to change/],
    ['cancelled', { stage: 'CANCELLED', outcome: 'cancelled' }, { kind: 'ended' }, /cancelled/],
    ['failed', { stage: 'FAILED', outcome: 'failed' }, { kind: 'ended' }, /has ended/],
  ])('%s', (_, fields, expected, words) => {
    const standing = at(fields);

    expect(standing).toMatchObject(expected);
    expect(allWords(standing)).toMatch(words);
  });

  it('lets a reviewer not merge', () => {
    const standing = at({ mergeRequest: merge, awaiting: awaitingMerge }, bob);

    expect(standing.mayMerge).toBe(false);
    expect(allWords(standing)).toMatch(/role maintainer/);
  });

  it('pushes later commits to the merge request that is open already', () => {
    expect(at({ mergeRequest: merge }).consequences.approve).toMatch(/pushed to merge request !3/);
  });
});
