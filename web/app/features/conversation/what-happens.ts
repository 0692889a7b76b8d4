import type { RequestDetail } from '~/features/requests/stages.ts';
import { isClosed } from '~/features/requests/stages.ts';

/** What sending a message does now. `closed`: nothing can be sent, a new request has to be made. */
export interface WhatHappens {
  kind: 'steer' | 'queue' | 'start' | 'closed';
  /** The button's word. */
  action: string;
  sentence: string;
}

type Facts = Pick<RequestDetail, 'stage' | 'awaiting' | 'gate' | 'mergeRequest'> & { status: { activeRunId: string | null } | null };

/** Tells, before a person sends a message, what it will do. */
export function whatHappens(request: Facts): WhatHappens {
  const { stage, awaiting, gate } = request;
  if (isClosed(stage)) return { kind: 'closed', action: 'New request', sentence: 'This request is closed. Start a new one to go on.' };
  if (awaiting?.kind === 'answer')
    return {
      kind: 'queue',
      action: 'Send',
      sentence: 'The agent waits for your answer above. A message reaches it too, but answers nothing.',
    };
  if (awaiting?.kind === 'slot')
    return { kind: 'queue', action: 'Queue', sentence: 'The run waits for a free place; your message waits with it.' };
  if (request.status?.activeRunId)
    return {
      kind: 'steer',
      action: 'Steer',
      sentence: 'The agent is at work and reads this now; if it cannot, it waits for the next run.',
    };
  if (stage === 'RECEIVED' || stage === 'PLANNING' || stage === 'EXECUTING')
    return { kind: 'queue', action: 'Queue', sentence: 'The next run starts in a moment and takes this along.' };
  if (gate?.status === 'open') {
    const votes = gate.decisions.some(({ vote, superseded }) => vote === 'approve' && !superseded) ? ' and voids its votes' : '';
    const what = gate.subject.kind === 'plan' ? 'plan' : 'patch';
    return {
      kind: 'start',
      action: 'Start follow-up',
      sentence: `This closes the approval of the ${what}${votes}, and starts a follow-up run.`,
    };
  }
  if (request.mergeRequest)
    return {
      kind: 'start',
      action: 'Start follow-up',
      sentence: 'This starts a follow-up run; its change needs approval before it reaches the merge request.',
    };
  if (stage === 'BLOCKED') return { kind: 'start', action: 'Start run', sentence: 'This starts a run with your message.' };
  return { kind: 'start', action: 'Start follow-up', sentence: 'This starts a follow-up run.' };
}
