import { isTerminal, move, withStatus, type RequestState, type ResumableStage } from './state.ts';

/**
 * What a new workflow of a request begins from when the one that wrote this snapshot is lost. Its children are lost with it: no run
 * works, what the last one carried waits for the next, and a review that was under way is due again. The epoch rises, so that its
 * writes come after all earlier ones. Pure; a request that has ended stays as it is.
 */
export function rehydrated(snapshot: RequestState, nowMs: number): RequestState {
  if (isTerminal(snapshot.status.stage)) return snapshot;
  const free = withoutRun(snapshot, nowMs);
  const { review } = free;
  return {
    ...free,
    epoch: snapshot.epoch + 1,
    version: snapshot.version + 1,
    review: review?.status === 'working' ? { ...review, status: 'due' } : review,
    status: { ...free.status, pendingMessageIds: free.pending.map(({ messageId }) => messageId), updatedAtMs: nowMs },
  };
}

/** A wait that only the lost run could end is over; its messages come first, as they came. */
function withoutRun(state: RequestState, nowMs: number): RequestState {
  const carried = new Set(state.carried.map(({ messageId }) => messageId));
  const pending = [...state.carried, ...state.pending.filter(({ messageId }) => !carried.has(messageId))];
  const idle = { ...withStatus(state, { activeRunId: null }), carried: [], pending };
  const { stage, resumeStage, awaiting } = idle.status;
  if (awaiting?.kind === 'slot') return withStatus(idle, { awaiting: null });
  if (awaiting?.kind !== 'answer' || stage !== 'BLOCKED' || resumeStage === null) return idle;
  return move(idle, stage, resumeStage as ResumableStage, nowMs);
}
