import type { NewActivity } from '../db/activity.ts';
import type { NewEvent } from '../workflows/contracts/events.ts';
import type { RequestSnapshot } from '../workflows/contracts/request.ts';

/**
 * The acts that people see in the activity list, from the events of one projection write. Ids are made of the snapshot's
 * place in the order, so that a repeated write adds nothing.
 */
export function activityOf(snapshot: RequestSnapshot, events: readonly NewEvent[]): (NewActivity & { activityId: string })[] {
  const { requestId, tenantId } = snapshot.input;
  return events.flatMap((event, position) => {
    const act = actOf(event);
    if (act === null) return [];
    const activityId = `${requestId}-${snapshot.epoch}-${snapshot.version}-${position}`;
    return [{ tenantId, requestId, activityId, actor: act.actor, verb: act.verb, detail: act.detail }];
  });
}

const system = 'astraforge';

function actOf(event: NewEvent): { actor: string; verb: string; detail: Record<string, unknown> } | null {
  switch (event.type) {
    case 'gate.decision': {
      const { decision, gateId } = event.data;
      return {
        actor: decision.by?.id ?? system,
        verb: voteVerbs[decision.vote],
        detail: { gateId, comment: decision.comment, rule: decision.rule },
      };
    }
    case 'request.stage':
      return { actor: system, verb: 'moved', detail: { from: event.data.from, to: event.data.to, reason: event.data.reason } };
    case 'merge-request.opened':
    case 'merge-request.merged': {
      const { number, url, branch, commit } = event.data;
      return { actor: system, verb: event.type === 'merge-request.opened' ? 'opened' : 'merged', detail: { number, url, branch, commit } };
    }
    default:
      return null;
  }
}

const voteVerbs = { approve: 'approved', reject: 'rejected', 'changes-requested': 'requested-changes' } as const;
