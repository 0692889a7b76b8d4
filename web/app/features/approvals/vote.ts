import type { Schemas } from '~/lib/api.ts';
import { plural, shortCommit } from '~/lib/format.ts';
import { missingApprovals, standingVotes, type Voter, votingRefusal } from '~/lib/gates.ts';

type Gate = Schemas['Gate'];

/** What a vote of the viewer on a gate would be and do. */
export interface VoteView {
  /** Null when the viewer may vote; otherwise why not, as a sentence with the next action. */
  refusal: string | null;
  /** The viewer's standing vote on this gate. */
  mine: Schemas['Decision']['vote'] | null;
  /** Approvals that stand, and how many are still missing. */
  given: number;
  missing: number;
  required: number;
  /** What a click on Approve means: about what, and what is missing afterwards. */
  statement: string;
}

/** How the gate stands for this viewer. `requesterId` is whose request it is about. */
export function voteView(gate: Gate, viewer: Voter, requesterId: string): VoteView {
  const { required } = gate.rule;
  const missing = missingApprovals(gate);
  const mine = standingVotes(gate).findLast(({ by }) => by?.id === viewer.id)?.vote ?? null;
  const refusal = refusalOf(gate, viewer, requesterId);
  return { refusal, mine, given: required - missing, missing, required, statement: statementOf(gate, missing, mine) };
}

function refusalOf(gate: Gate, viewer: Voter, requesterId: string): string | null {
  if (gate.status !== 'open') return `This gate is ${gate.status}: nothing is left to decide.`;
  switch (votingRefusal(gate, viewer, requesterId)) {
    case 'role':
      return `Only ${anyOf(gate.rule.roles)} may decide here: ask one of them.`;
    case 'requester':
      return 'You may not vote on your own request: ask another reviewer.';
    case null:
      return null;
  }
}

function statementOf(gate: Gate, missing: number, mine: VoteView['mine']): string {
  const subject = gate.subject.kind === 'plan' ? 'this plan' : `commit ${shortCommit(gate.subject.id)}`;
  if (mine === 'approve') return `You approved ${subject}; ${plural(missing, 'approval')} still missing.`;
  const effect =
    gate.subject.kind === 'plan' ? 'the agent then carries it out' : 'exactly this commit is then published as a merge request';
  if (missing <= 1) return `Approving ${subject} completes the approval: ${effect}.`;
  return `Approving ${subject} leaves ${plural(missing - 1, 'approval')} missing; once complete, ${effect}.`;
}

/** `a`, `a or b`, `a, b or c`. */
export function anyOf(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
