import type { Schemas } from '~/lib/api.ts';

type Stage = Schemas['Stage'];

/** The way from a prompt to a merged change, as the welcome page tells it. */
export type StepId = 'submit' | 'run' | 'approve' | 'merge-request' | 'review' | 'merge';

export interface Step {
  id: StepId;
  /** `now`: under way, or waiting for the person; `stopped`: it went no further. */
  state: 'todo' | 'now' | 'done' | 'stopped';
}

const order: readonly StepId[] = ['submit', 'run', 'approve', 'merge-request', 'review', 'merge'];

/** How far a request has come on the way. */
type Progress = Pick<Schemas['RequestDetail'], 'stage' | 'outcome' | 'awaiting' | 'mergeRequest' | 'checkpoint'> & {
  status: Pick<NonNullable<Schemas['RequestDetail']['status']>, 'resumeStage'> | null;
};

/** The steps for the sample's request; all but the first are to do while there is none. */
export function stepsOf(request: Progress | null): Step[] {
  const at = request === null ? 0 : positionOf(request);
  const ended = request !== null && ['CANCELLED', 'FAILED'].includes(request.stage);
  const stopped = ended || (request?.stage === 'DONE' && request.outcome !== 'merged');
  return order.map((id, index) => ({ id, state: index < at ? 'done' : index > at ? 'todo' : stopped ? 'stopped' : 'now' }));
}

/** The index of the step at which the request is; behind the last one when it is merged. */
function positionOf(request: Progress): number {
  if (request.stage === 'DONE' && request.outcome === 'merged') return order.length;
  const stage = request.stage === 'BLOCKED' ? (request.status?.resumeStage ?? 'EXECUTING') : request.stage;
  return order.indexOf(stepAt(stage, request));
}

function stepAt(stage: Stage, request: Progress): StepId {
  switch (stage) {
    case 'RECEIVED':
    case 'PLANNING':
    case 'PLAN_READY':
    case 'EXECUTING':
      return 'run';
    case 'PATCH_READY':
      // Without a wait the approval is complete, and the merge request is being opened.
      return request.awaiting === null ? 'merge-request' : 'approve';
    case 'MR_OPENED':
      return 'review';
    case 'REVIEWED':
      return 'merge';
    case 'DONE':
    case 'BLOCKED':
    case 'CANCELLED':
    case 'FAILED':
      // The steps that it passed before it ended tell how far it came.
      return request.mergeRequest !== null ? 'merge' : request.checkpoint !== null ? 'approve' : 'run';
  }
}

/** True once the whole way was gone. */
export function isComplete(steps: readonly Step[]): boolean {
  return steps.every(({ state }) => state === 'done');
}

/** The request that the welcome page tells of: the one that came furthest lately, which is the newest that was not given up. */
export function chooseRequest<T extends { stage: Stage; createdAtMs: number }>(requests: readonly T[]): T | null {
  const byAge = requests.toSorted((one, other) => other.createdAtMs - one.createdAtMs);
  return byAge.find(({ stage }) => stage !== 'CANCELLED' && stage !== 'FAILED') ?? byAge[0] ?? null;
}
