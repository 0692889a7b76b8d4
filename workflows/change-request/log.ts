import type { NewEvent } from '../contracts/events.ts';
import type { Gate } from '../contracts/request.ts';
import type { RequestState } from './state.ts';

/** The log lines that tell people what changed between two states of a request. Pure: derived, never written by hand. */
export function changesBetween(before: RequestState, after: RequestState, nowMs: number): NewEvent[] {
  return [
    ...gateChanges(before.status.gate, after.status.gate, nowMs),
    ...stageChanges(before, after, nowMs),
    ...mergeRequestChanges(before, after, nowMs),
  ];
}

function stageChanges(before: RequestState, after: RequestState, nowMs: number): NewEvent[] {
  const known = before.status.stages.length;
  return after.status.stages.slice(known).map((interval, index) => ({
    type: 'request.stage' as const,
    emittedAtMs: nowMs,
    data: {
      from: after.status.stages[known + index - 1]?.stage ?? before.status.stage,
      to: interval.stage,
      reason: after.status.awaiting?.reason ?? after.status.reason,
    },
  }));
}

function gateChanges(before: Gate | null, after: Gate | null, nowMs: number): NewEvent[] {
  if (after === null) return [];
  const same = before?.gateId === after.gateId;
  const lines: NewEvent[] = [];
  if (!same) {
    lines.push({
      type: 'gate.opened',
      emittedAtMs: nowMs,
      data: { gateId: after.gateId, subject: after.subject.id, required: after.rule.required },
    });
  }
  const known = new Set(same ? before.decisions.map((decision) => decision.decisionId) : []);
  for (const decision of after.decisions.filter((d) => !known.has(d.decisionId))) {
    lines.push({ type: 'gate.decision', emittedAtMs: nowMs, data: { gateId: after.gateId, decision } });
  }
  if (after.status !== 'open' && (!same || before.status === 'open')) {
    lines.push({ type: 'gate.closed', emittedAtMs: nowMs, data: { gateId: after.gateId, status: after.status } });
  }
  return lines;
}

function mergeRequestChanges(before: RequestState, after: RequestState, nowMs: number): NewEvent[] {
  const old = before.status.mergeRequest;
  const now = after.status.mergeRequest;
  if (now === null || now === old) return [];
  if (old === null) return [{ type: 'merge-request.opened', emittedAtMs: nowMs, data: now }];
  const type = now.state === 'merged' && old.state !== 'merged' ? 'merge-request.merged' : 'merge-request.updated';
  return [{ type, emittedAtMs: nowMs, data: now }];
}
