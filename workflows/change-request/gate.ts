import type { Principal } from '../contracts/principal.ts';
import type { CheckResult, Decision, Gate, GateRule, GateSubject } from '../contracts/request.ts';

/** A fresh gate about one subject. A rule that requires nobody is decided at once, by a recorded rule. */
export function openGate(input: {
  gateId: string;
  subject: GateSubject;
  rule: GateRule;
  checks: CheckResult[];
  expiryMs: number | null;
  nowMs: number;
}): Gate {
  const gate: Gate = {
    gateId: input.gateId,
    subject: input.subject,
    rule: input.rule,
    status: 'open',
    openedAtMs: input.nowMs,
    expiresAtMs: input.expiryMs === null ? null : input.nowMs + input.expiryMs,
    closedAtMs: null,
    decisions: [],
    checks: input.checks,
  };
  if (input.rule.required > 0) return gate;
  const decision: Decision = {
    decisionId: `${input.gateId}-rule`,
    vote: 'approve',
    by: null,
    rule: 'pre-approved: the project requires no approval',
    comment: '',
    atMs: input.nowMs,
    superseded: false,
  };
  return { ...gate, decisions: [decision] };
}

/** Adds a vote; a principal's earlier vote on this gate is superseded by the later one. */
export function addVote(gate: Gate, vote: Decision): Gate {
  const decisions = gate.decisions.map((earlier) =>
    vote.by !== null && earlier.by?.id === vote.by.id ? { ...earlier, superseded: true } : earlier,
  );
  return { ...gate, decisions: [...decisions, vote] };
}

/** Closes a gate; votes on a superseded one count no more. */
export function closeGate(gate: Gate, status: Exclude<Gate['status'], 'open'>, nowMs: number): Gate {
  const decisions = status === 'superseded' ? gate.decisions.map((decision) => ({ ...decision, superseded: true })) : gate.decisions;
  return { ...gate, status, closedAtMs: nowMs, decisions };
}

/** Approvals of these principals count no more; null: nobody's do. */
export function dropApprovals(gate: Gate, principalIds: readonly string[] | null): Gate {
  const falls = ({ vote, by }: Decision) => vote === 'approve' && (principalIds === null || (by !== null && principalIds.includes(by.id)));
  return { ...gate, decisions: gate.decisions.map((decision) => (falls(decision) ? { ...decision, superseded: true } : decision)) };
}

/** Distinct standing approvals against what the rule requires; a recorded rule counts as the quorum. */
export function hasQuorum(gate: Gate): boolean {
  const approvals = gate.decisions.filter((decision) => decision.vote === 'approve' && !decision.superseded);
  if (approvals.some((decision) => decision.rule !== null)) return true;
  return new Set(approvals.map((decision) => decision.by?.id)).size >= gate.rule.required && gate.rule.required > 0;
}

/** Why this principal may not vote on this gate; null when they may. */
export function votingRefusal(rule: GateRule, voter: Principal, requesterId: string): string | null {
  if (!rule.roles.some((role) => voter.roles.includes(role))) {
    return `Only ${rule.roles.join(' or ')} may decide here; ask one of them.`;
  }
  if (!rule.requesterMayVote && voter.id === requesterId) return 'The requester may not vote on their own request; ask another reviewer.';
  return null;
}
