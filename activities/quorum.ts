import type { Role } from '../workflows/contracts/principal.ts';
import type { Gate } from '../workflows/contracts/request.ts';

/**
 * Whose approvals of a gate count no more with the roles that voters have now: who lost the role, left, or is a requester who may not
 * vote. Each once.
 */
export function lostVoters(gate: Gate, rolesNow: ReadonlyMap<string, readonly Role[]>, requesterId: string): string[] {
  const voters = standing(gate).flatMap(({ by }) => (by === null || counts(gate, by.id, rolesNow, requesterId) ? [] : [by.id]));
  return [...new Set(voters)];
}

/**
 * Whether a gate's quorum still holds with the roles that its voters have now. A recorded rule needs nobody. A voter who lost
 * the role, left, or is a requester who may not vote, counts no more.
 */
export function quorumHolds(gate: Gate, rolesNow: ReadonlyMap<string, readonly Role[]>, requesterId: string): boolean {
  const approvals = standing(gate);
  if (approvals.some((decision) => decision.by === null && decision.rule !== null)) return true;
  if (gate.rule.required === 0) return true;
  const counting = approvals.flatMap(({ by }) => (by !== null && counts(gate, by.id, rolesNow, requesterId) ? [by.id] : []));
  return new Set(counting).size >= gate.rule.required;
}

function standing(gate: Gate): Gate['decisions'] {
  return gate.decisions.filter((decision) => decision.vote === 'approve' && !decision.superseded);
}

function counts(gate: Gate, voterId: string, rolesNow: ReadonlyMap<string, readonly Role[]>, requesterId: string): boolean {
  if (voterId === requesterId && !gate.rule.requesterMayVote) return false;
  return gate.rule.roles.some((role) => rolesNow.get(voterId)?.includes(role));
}
