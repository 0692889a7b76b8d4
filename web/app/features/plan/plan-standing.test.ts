import { describe, expect, it } from '@jest/globals';
import type { Voter } from '~/lib/gates.ts';
import { planStanding } from './plan-standing.ts';

type Facts = Parameters<typeof planStanding>[0];
type Gate = NonNullable<Facts['gate']>;

const me: Voter = { id: 'me', roles: ['reviewer'] };
const vote = (id: string, superseded = false) => ({ vote: 'approve', by: { id }, rule: null, superseded }) as Gate['decisions'][number];

function facts(gate: Partial<Gate> & { required?: number; requesterMayVote?: boolean }, awaiting: Facts['awaiting'] = null): Facts {
  const { required = 1, requesterMayVote = true, ...rest } = gate;
  return {
    gate: {
      subject: { kind: 'plan', id: 'plan1' },
      status: 'open',
      rule: { required, roles: ['maintainer', 'reviewer'], requesterMayVote },
      decisions: [],
      ...rest,
    } as unknown as Gate,
    awaiting,
    requester: { id: 'ada', name: 'Ada' },
  };
}

describe('planStanding', () => {
  it('is none where no plan is decided on', () => {
    expect(planStanding({ ...facts({}), gate: null }, me)).toBeNull();
    expect(planStanding(facts({ subject: { kind: 'commit', id: 'c' } }), me)).toBeNull();
  });

  it.each([
    [facts({}), 'waits for 1 more approval of 1', 'Yours is the last vote'],
    [facts({ required: 3 }), 'waits for 3 more approvals of 3', '2 more approvals are needed after yours'],
    [facts({ required: 2, decisions: [vote('ada')] }), 'waits for 1 more approval of 2', 'Yours is the last vote'],
    [facts({ required: 2, decisions: [vote('me')] }), 'waits for 1 more approval of 2', '1 more approval is needed after yours'],
    [facts({ required: 1, decisions: [vote('ada', true)] }), 'waits for 1 more approval of 1', 'Yours is the last vote'],
  ])('says what a click means %#', (request, headline, approve) => {
    const standing = planStanding(request, me);

    expect(standing).toMatchObject({ mayVote: true, mayAmend: true, refusal: null, subject: 'plan1' });
    expect(standing?.headline).toContain(headline);
    expect(standing?.consequences.approve).toContain(approve);
  });

  it.each([
    [facts({}), { id: 'x', roles: ['observer'] as const }, /Only maintainer or reviewer may decide/],
    [facts({ requesterMayVote: false }), { id: 'ada', roles: ['maintainer'] as const }, /somebody else has to decide/],
  ])('says why a vote would not count %#', (request, person, refusal) => {
    const standing = planStanding(request, person);

    expect(standing).toMatchObject({ mayVote: false, mayAmend: false });
    expect(standing?.refusal).toMatch(refusal);
  });

  it('lets a rejected plan be amended while the request waits for that, and not voted on', () => {
    const rejected = planStanding(facts({ status: 'rejected' }, { reason: 'rejected' } as Facts['awaiting']), me);

    expect(rejected).toMatchObject({ mayVote: false, mayAmend: true });
    expect(planStanding(facts({ status: 'rejected' }), me)).toMatchObject({ mayVote: false, mayAmend: false });
  });

  it.each([
    ['approved', /was approved/],
    ['superseded', /new plan/],
    ['expired', /in time/],
  ] as const)('says how a gate ended: %s', (status, headline) => {
    expect(planStanding(facts({ status }), me)?.headline).toMatch(headline);
  });
});
