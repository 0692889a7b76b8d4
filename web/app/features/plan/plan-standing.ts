import type { RequestDetail } from '~/features/requests/stages.ts';
import { plural } from '~/lib/format.ts';
import { missingApprovals, standingVotes, type Voter, votingRefusal } from '~/lib/gates.ts';

type Gate = NonNullable<RequestDetail['gate']>;

/** How the decision on a plan stands for one person, and what each click would do. */
export interface PlanStanding {
  headline: string;
  /** Why this person's vote does not count; null when it does. */
  refusal: string | null;
  mayVote: boolean;
  mayAmend: boolean;
  /** What the vote is about. */
  subject: string;
  consequences: { approve: string; reject: string; amend: string };
}

type Facts = Pick<RequestDetail, 'gate' | 'awaiting' | 'requester'>;

/** The standing of the plan's gate; null when the request's gate is not about a plan. */
export function planStanding({ gate, awaiting, requester }: Facts, me: Voter): PlanStanding | null {
  if (gate?.subject.kind !== 'plan') return null;
  const missing = missingApprovals(gate);
  const refusal = refusalOf(gate, me, requester.id);
  const mine = standingVotes(gate).some(({ vote, by }) => vote === 'approve' && by?.id === me.id) ? 0 : 1;
  const isRejected = gate.status === 'rejected' && awaiting?.reason === 'rejected';
  const isOpen = gate.status === 'open';
  return {
    headline: headlineOf(gate, missing, isRejected),
    refusal: isOpen || isRejected ? refusal : null,
    mayVote: isOpen && refusal === null,
    mayAmend: (isOpen || isRejected) && refusal === null,
    subject: gate.subject.id,
    consequences: {
      approve:
        missing <= mine
          ? 'Yours is the last vote that is needed: the agent starts to work by this plan.'
          : `${plural(missing - mine, 'more approval is', 'more approvals are')} needed after yours; then the agent starts to work by this plan.`,
      reject: 'Closes the decision. The request stops until somebody asks for changes or cancels it.',
      amend: 'Your words go to the agent, which writes a new plan. Votes on this one count no more.',
    },
  };
}

function headlineOf(gate: Gate, missing: number, isRejected: boolean): string {
  switch (gate.status) {
    case 'open':
      return `This plan waits for ${plural(missing, 'more approval', 'more approvals')} of ${gate.rule.required}, by ${gate.rule.roles.join(' or ')}.`;
    case 'approved':
      return 'This plan was approved.';
    case 'rejected':
      return isRejected ? 'This plan was rejected. Ask for changes, or cancel the request.' : 'This plan was rejected.';
    case 'superseded':
      return 'Changes were asked for: the agent writes a new plan.';
    case 'expired':
      return 'Nobody decided on this plan in time.';
  }
}

/** The gate's own rule, in words. */
function refusalOf(gate: Gate, me: Voter, requesterId: string): string | null {
  switch (votingRefusal(gate, me, requesterId)) {
    case 'role':
      return `Only ${gate.rule.roles.join(' or ')} may decide here: ask one of them.`;
    case 'requester':
      return 'You asked for this, so somebody else has to decide.';
    case null:
      return null;
  }
}
