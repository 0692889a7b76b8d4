import type { Principal } from '../workflows/contracts/principal.ts';
import type { Awaiting, Gate } from '../workflows/contracts/request.ts';
import { holdsRole } from './auth/rules.ts';

/** What stands still, as far as it matters for whom it waits. */
export interface Standing {
  requesterId: string;
  awaiting: Awaiting | null;
  gate: Gate | null;
}

/**
 * Whether a request waits for this person: an approval for those who may vote and have not yet, everything else for those who may
 * act on requests (docs/adr/0012). A place at work is nobody's to give.
 */
export function waitsFor(person: Principal, { requesterId, awaiting, gate }: Standing): boolean {
  if (awaiting === null || awaiting.kind === 'slot') return false;
  if (awaiting.kind !== 'plan-approval' && awaiting.kind !== 'patch-approval') return holdsRole(person.roles, 'maintainer');
  if (gate === null || gate.status !== 'open') return false;
  if (!gate.rule.roles.some((role) => person.roles.includes(role))) return false;
  if (!gate.rule.requesterMayVote && person.id === requesterId) return false;
  return !gate.decisions.some(({ by, superseded }) => by?.id === person.id && !superseded);
}
