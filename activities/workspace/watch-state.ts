import type { EventData, NewEvent } from '../../workflows/contracts/events.ts';
import { unfinishedReasons, type FailureReason, type TokenUsage, type TurnOutcome } from '../../workflows/contracts/run.ts';
import { assertNever } from '../../workflows/contracts/errors.ts';
import type { WorkspaceState } from '../../workspace/port.ts';

/** What the events since a turn's delivery say about it. A fold: built from the run log again after any crash. */
export interface TurnState {
  deliveredAtMs: number | null;
  completed: EventData<'turn.completed'> | null;
  /** Asked and not answered yet. */
  question: (EventData<'question.asked'> & { askedAtMs: number }) | null;
  /** Time that the turn spent waiting for people, ms: not its own. */
  waitedMs: number;
  steered: string[];
  queued: string[];
  save: EventData<'saved'> | null;
  limit: EventData<'limit.exceeded'> | null;
}

/** A turn of which nothing is known yet. */
export const newTurn: TurnState = {
  deliveredAtMs: null,
  completed: null,
  question: null,
  waitedMs: 0,
  steered: [],
  queued: [],
  save: null,
  limit: null,
};

/** The state after one more event. The delivery of this turn starts afresh: what came before belongs to another turn. */
export function reduceTurn(state: TurnState, event: NewEvent, turnMessageId: string): TurnState {
  switch (event.type) {
    case 'message.delivered':
      if (event.data.kind === 'turn' && event.data.messageId === turnMessageId) return { ...newTurn, deliveredAtMs: event.emittedAtMs };
      return event.data.kind === 'answer' ? answered(state, event.data.questionId, event.emittedAtMs) : state;
    case 'question.answered':
      return answered(state, event.data.questionId, event.emittedAtMs);
    case 'question.asked':
      return { ...state, question: { ...event.data, askedAtMs: event.emittedAtMs } };
    case 'message.steered':
      return { ...state, steered: [...new Set([...state.steered, event.data.messageId])] };
    case 'message.queued':
      return { ...state, queued: [...new Set([...state.queued, event.data.messageId])] };
    case 'saved':
      return { ...state, save: event.data };
    case 'limit.exceeded':
      return { ...state, limit: event.data };
    case 'turn.completed':
      return { ...state, completed: event.data, question: null, save: saveOf(event) ?? state.save };
    default:
      return state;
  }
}

function answered(state: TurnState, questionId: string | null, atMs: number): TurnState {
  if (state.question === null || (questionId !== null && state.question.questionId !== questionId)) return state;
  return { ...state, question: null, waitedMs: state.waitedMs + Math.max(0, atMs - state.question.askedAtMs) };
}

/** What an event leaves to go on from: a save, or the work of a turn that was cut off. */
export function saveOf(event: NewEvent): EventData<'saved'> | null {
  if (event.type === 'saved') return event.data;
  if (event.type !== 'turn.completed') return null;
  const { status, reason, tipCommit, sessionArtifactId, threadId } = event.data;
  if (status !== 'failed' || reason === null || !unfinishedReasons.includes(reason) || tipCommit === null) return null;
  return { commit: tipCommit, sessionArtifactId, threadId };
}

/** The turn's outcome; null while the agent works. */
export function outcomeOf(state: TurnState, usage: TokenUsage): TurnOutcome | null {
  const steeredMessageIds = state.steered;
  if (state.completed !== null) return completedOutcome(state, state.completed, usage);
  if (state.question !== null) {
    const { questionId, questions } = state.question;
    return { kind: 'question', questionId, questions, steeredMessageIds };
  }
  return null;
}

function completedOutcome(state: TurnState, end: EventData<'turn.completed'>, usage: TokenUsage): TurnOutcome {
  const steeredMessageIds = state.steered;
  const limit = state.limit;
  switch (end.status) {
    case 'completed': {
      const { threadId, tipCommit, sessionArtifactId, warnings, lastMessage } = end;
      return { kind: 'completed', threadId, tipCommit, sessionArtifactId, warnings, lastMessage, steeredMessageIds, usage };
    }
    case 'interrupted':
      if (limit === null && end.reason === null) return { kind: 'interrupted', steeredMessageIds };
      return failed(limit?.reason ?? end.reason ?? 'agent-error', limit?.message ?? end.error, steeredMessageIds);
    case 'failed':
      return failed(limit?.reason ?? end.reason ?? 'agent-error', limit?.message ?? end.error, steeredMessageIds);
    default:
      return assertNever(end.status);
  }
}

function failed(reason: FailureReason, message: string | null, steeredMessageIds: string[]): TurnOutcome {
  return { kind: 'failed', reason, message: message ?? `the agent's turn ended: ${reason}`, steeredMessageIds };
}

/** Outcome of a turn whose workspace ended without saying how. */
export function lostOutcome(state: TurnState, place: WorkspaceState): TurnOutcome {
  const steeredMessageIds = state.steered;
  if (state.limit !== null) return failed(state.limit.reason, state.limit.message, steeredMessageIds);
  if (place.reason !== null) return failed(place.reason, limitMessages[place.reason], steeredMessageIds);
  if (place.lost !== undefined) return failed('place-lost', `${place.lost}; ${goesOn}`, steeredMessageIds);
  if (place.status === 'gone') return failed('place-lost', `the workspace is gone; ${goesOn}`, steeredMessageIds);
  return failed(
    'supervisor-gone',
    `the supervisor of the workspace ended${place.exitCode === null ? '' : ` with code ${place.exitCode}`} before the turn did`,
    steeredMessageIds,
  );
}

const goesOn = 'the work goes on from its last save';

const limitMessages = {
  'agent-memory': 'out of memory: the agent used more than its workspace may',
  'agent-disk': 'the agent filled the disk of its workspace',
  'agent-processes': 'the agent started more processes than its workspace may',
} as const;

/** How much longer than the supervisor's own limits the watcher waits before it ends the turn itself, ms. */
const watchdogGraceMs = 30_000;

/** Which limit a turn has overrun although its supervisor should have ended it; null while all is well. */
export function overrun(
  state: TurnState,
  limits: { wallClockMs: number; inactivityMs: number },
  clock: { nowMs: number; startedAtMs: number; lastProgressMs: number },
): 'wall-clock' | 'inactivity' | null {
  if (state.question !== null) return null;
  const begun = state.deliveredAtMs ?? clock.startedAtMs;
  if (clock.nowMs - begun - state.waitedMs > limits.wallClockMs + watchdogGraceMs) return 'wall-clock';
  if (clock.nowMs - clock.lastProgressMs > limits.inactivityMs + watchdogGraceMs) return 'inactivity';
  return null;
}
