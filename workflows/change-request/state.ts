import type { Awaiting, AwaitingKind, BlockingAwait, RequestInput, RequestSnapshot, Stage } from '../contracts/request.ts';

/** The state of a request is its snapshot: pure functions take one and answer the next. */
export type RequestState = RequestSnapshot;

/** Which stage may follow which. `move` takes nothing else: an illegal transition does not compile. */
const edges = {
  RECEIVED: ['PLANNING', 'EXECUTING', 'CANCELLED', 'FAILED'],
  PLANNING: ['PLAN_READY', 'EXECUTING', 'BLOCKED', 'CANCELLED', 'FAILED'],
  PLAN_READY: ['PLANNING', 'EXECUTING', 'BLOCKED', 'CANCELLED', 'FAILED'],
  EXECUTING: ['PATCH_READY', 'MR_OPENED', 'REVIEWED', 'DONE', 'BLOCKED', 'CANCELLED', 'FAILED'],
  PATCH_READY: ['EXECUTING', 'MR_OPENED', 'DONE', 'BLOCKED', 'CANCELLED', 'FAILED'],
  MR_OPENED: ['REVIEWED', 'EXECUTING', 'DONE', 'BLOCKED', 'CANCELLED', 'FAILED'],
  REVIEWED: ['EXECUTING', 'DONE', 'BLOCKED', 'CANCELLED', 'FAILED'],
  BLOCKED: ['PLANNING', 'PLAN_READY', 'EXECUTING', 'PATCH_READY', 'MR_OPENED', 'REVIEWED', 'CANCELLED', 'FAILED'],
  DONE: [],
  CANCELLED: [],
  FAILED: [],
} as const satisfies Record<Stage, readonly Stage[]>;

type Edges = typeof edges;
/** The stages that may follow `From`. */
export type NextStage<From extends Stage> = Edges[From][number];

/** Stages to which a BLOCKED request can return. */
export type ResumableStage = Exclude<NextStage<'BLOCKED'>, 'CANCELLED' | 'FAILED'>;

/** Whether the table allows it: for tests and for readers of stored states. */
export function mayFollow(from: Stage, to: Stage): boolean {
  return (edges[from] as readonly Stage[]).includes(to);
}

/** A request that was just received. */
export function initialState(input: RequestInput): RequestState {
  return {
    schema: 1,
    epoch: 0,
    version: 1,
    input,
    status: {
      requestId: input.requestId,
      stage: 'RECEIVED',
      resumeStage: null,
      awaiting: null,
      outcome: null,
      reason: null,
      activeRunId: null,
      lastRunId: null,
      runCount: 0,
      pendingMessageIds: [input.promptMessageId],
      checkpoint: null,
      gate: null,
      plan: null,
      mergeRequest: null,
      reviewId: null,
      stages: [{ stage: 'RECEIVED', fromMs: input.submittedAtMs, toMs: null }],
      updatedAtMs: input.submittedAtMs,
    },
    pending: [{ messageId: input.promptMessageId, kind: 'prompt', author: input.requester }],
    carried: [],
    review: null,
    cancelRequested: false,
    mergeRequested: false,
    gateCount: 0,
    reviewCount: 0,
    seen: [],
  };
}

/** The state with some of its status replaced. */
export function withStatus(state: RequestState, status: Partial<RequestState['status']>): RequestState {
  return { ...state, status: { ...state.status, ...status } };
}

/** Moves from a stage that the caller has proven to one that may follow it; ends whatever was awaited. */
export function move<From extends Stage>(state: RequestState, from: From, to: NextStage<From>, nowMs: number): RequestState {
  if (state.status.stage !== from) throw new Error(`move from ${from} but the request is ${state.status.stage}`);
  const stages = state.status.stages.map((interval) => (interval.toMs === null ? { ...interval, toMs: nowMs } : interval));
  const next = to as Stage;
  return withStatus(state, {
    stage: next,
    awaiting: null,
    resumeStage: null,
    stages: [...stages, { stage: next, fromMs: nowMs, toMs: isTerminal(next) ? nowMs : null }],
  });
}

/** Whether nothing can happen any more. */
export function isTerminal(stage: Stage): boolean {
  return stage === 'DONE' || stage === 'CANCELLED' || stage === 'FAILED';
}

/** Fields of `Awaiting` that a caller chooses. */
export type Await = Pick<Awaiting, 'message' | 'actions'> & Partial<Awaiting>;

/** Waits without leaving the stage (slot, approvals, merge). */
export function awaitIn(state: RequestState, kind: Exclude<AwaitingKind, BlockingAwait>, what: Await, nowMs: number): RequestState {
  return withStatus(state, { awaiting: awaiting(kind, what, nowMs) });
}

/** BLOCKED: a person is needed; the request returns to `resume`. */
export function block(state: RequestState, kind: BlockingAwait, resume: ResumableStage, what: Await, nowMs: number): RequestState {
  const from = state.status.stage;
  if (from === 'RECEIVED' || from === 'DONE' || from === 'CANCELLED' || from === 'FAILED') throw new Error(`${from} cannot be blocked`);
  const moved = from === 'BLOCKED' ? state : move(state, from, 'BLOCKED', nowMs);
  return withStatus(moved, { resumeStage: resume, awaiting: awaiting(kind, what, nowMs) });
}

function awaiting(kind: AwaitingKind, what: Await, nowMs: number): Awaiting {
  return { kind, sinceMs: nowMs, untilMs: null, reason: null, questionId: null, questions: [], ...what };
}
