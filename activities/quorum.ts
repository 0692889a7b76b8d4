import type { Role } from '../workflows/contracts/principal.ts';
import type { Gate } from '../workflows/contracts/request.ts';

/**
 * Whether a gate's quorum still holds with the roles that its voters have now. A recorded rule needs nobody. A voter who lost
 * the role, left, or is a requester who may not vote, counts no more.
 */
export function quorumHolds(gate: Gate, rolesNow: ReadonlyMap<string, readonly Role[]>, requesterId: string): boolean {
  const approvals = gate.decisions.filter((decision) => decision.vote === 'approve' && !decision.superseded);
  if (approvals.some((decision) => decision.by === null && decision.rule !== null)) return true;
  if (gate.rule.required === 0) return true;
  const counting = approvals.flatMap(({ by }) => {
    if (by === null || (by.id === requesterId && !gate.rule.requesterMayVote)) return [];
    return gate.rule.roles.some((role) => rolesNow.get(by.id)?.includes(role)) ? [by.id] : [];
  });
  return new Set(counting).size >= gate.rule.required;
}
