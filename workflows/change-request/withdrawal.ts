import type { MessageRef } from '../contracts/request.ts';
import type { RequestState } from './state.ts';

/** A message that was taken out of what waits: where it stood, and which run was at work then. */
export interface Withdrawn {
  message: MessageRef;
  position: number;
  runId: string | null;
}

/** The message as it waits; null when it does not. */
export function findWaiting(state: RequestState, messageId: string): Withdrawn | null {
  const position = state.pending.findIndex((message) => message.messageId === messageId);
  const message = state.pending[position];
  return message === undefined ? null : { message, position, runId: state.status.activeRunId };
}

/** Takes a message out: no later run carries it. */
export function takeOut(state: RequestState, messageId: string): RequestState {
  return { ...state, pending: state.pending.filter((message) => message.messageId !== messageId) };
}

/** Puts it back where it stood. */
export function putBack(state: RequestState, { message, position }: Withdrawn): RequestState {
  return { ...state, pending: state.pending.toSpliced(position, 0, message) };
}

/**
 * What a message needs that could not be withdrawn. The run that took it settles it at its end (`put-back`). Has that run ended
 * meanwhile, nobody counted the message: one that its agent read is done (`drop`), unless the run failed; any other goes to a run
 * of its own (`carry`).
 */
export function afterRefusal(state: RequestState, withdrawn: Withdrawn, disposition: string): 'put-back' | 'drop' | 'carry' {
  if (state.status.activeRunId === withdrawn.runId) return 'put-back';
  return disposition === 'steered' && state.status.awaiting?.kind !== 'retry' ? 'drop' : 'carry';
}
