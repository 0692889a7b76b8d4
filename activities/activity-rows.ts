import type { NewActivity } from '../db/activity.ts';
import type { NewEvent } from '../workflows/contracts/events.ts';
import type { RequestSnapshot, Stage } from '../workflows/contracts/request.ts';

/** Actor of what AstraForge did by itself. */
const system = 'AstraForge';
const shownStages: readonly Stage[] = ['BLOCKED', 'DONE', 'CANCELLED', 'FAILED'];

/**
 * The acts of AstraForge itself that people see in the activity list, from the events of one projection write; what people did
 * is recorded where it came in. Ids are made of the snapshot's place in the order, so a repeated write adds nothing.
 */
export function activityOf(snapshot: RequestSnapshot, events: readonly NewEvent[]): (NewActivity & { activityId: string })[] {
  const { requestId, tenantId } = snapshot.input;
  return events.flatMap((event, position) => {
    const act = actOf(event);
    if (act === null) return [];
    const activityId = `${requestId}-${snapshot.epoch}-${snapshot.version}-${position}`;
    return [{ tenantId, requestId, activityId, actor: system, ...act }];
  });
}

function actOf(event: NewEvent): { verb: string; detail: Record<string, unknown> } | null {
  switch (event.type) {
    case 'gate.decision': {
      const { decision, gateId } = event.data;
      return decision.by === null ? { verb: 'request.approved', detail: { gateId, rule: decision.rule } } : null;
    }
    case 'request.stage': {
      const { from, to, reason } = event.data;
      return shownStages.includes(to) ? { verb: `request.${to.toLowerCase()}`, detail: { from, reason } } : null;
    }
    case 'merge-request.opened':
    case 'merge-request.updated':
    case 'merge-request.merged': {
      const { number, url, branch, commit } = event.data;
      return { verb: event.type, detail: { number, url, branch, commit } };
    }
    default:
      return null;
  }
}
