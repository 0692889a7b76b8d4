import type { Schemas } from './api.ts';

type Gate = Schemas['Gate'];

/** Who looks at a gate. */
export interface Voter {
  id: string;
  roles: readonly Schemas['Role'][];
}

/** The votes that count; a later word of the same person, or a message to the agent, supersedes earlier ones. */
export function standingVotes(gate: Gate): Gate['decisions'] {
  return gate.decisions.filter(({ superseded }) => !superseded);
}

/** Distinct approvals that are still missing; a rule of the project that approves stands for all of them. */
export function missingApprovals(gate: Gate): number {
  const approvals = standingVotes(gate).filter(({ vote }) => vote === 'approve');
  if (approvals.some(({ rule }) => rule !== null)) return 0;
  return Math.max(0, gate.rule.required - new Set(approvals.map(({ by }) => by?.id)).size);
}

/** Why this person's vote would be refused; null when it counts. The API decides; this spares a click that it would refuse. */
export function votingRefusal(gate: Gate, voter: Voter, requesterId: string): 'role' | 'requester' | null {
  if (!gate.rule.roles.some((role) => voter.roles.includes(role))) return 'role';
  return !gate.rule.requesterMayVote && voter.id === requesterId ? 'requester' : null;
}
