import type { RunPurpose } from '../contracts/run.ts';
import { blockingAwaits } from '../contracts/request.ts';
import { hasQuorum } from './gate.ts';
import { isTerminal, type RequestState } from './state.ts';

/** What the workflow does next for a state. `wait`: only a message or the gate's expiry goes on. */
export type Step =
  | { kind: 'finish' }
  | { kind: 'cancel' }
  | { kind: 'run'; purpose: RunPurpose }
  | { kind: 'review' }
  | { kind: 'confirm-quorum' }
  | { kind: 'publish' }
  | { kind: 'post-review' }
  | { kind: 'merge' }
  | { kind: 'wait'; untilMs: number | null };

/** Decides from the state alone; called between runs, never while one works. */
export function nextStep(state: RequestState): Step {
  const { stage, gate, awaiting } = state.status;
  if (isTerminal(stage)) return { kind: 'finish' };
  if (state.cancelRequested) return { kind: 'cancel' };
  if (state.review?.status === 'due') return { kind: 'review' };
  if (awaiting !== null && blockingAwaits.includes(awaiting.kind)) return { kind: 'wait', untilMs: null };
  if (state.mergeRequested) return { kind: 'merge' };
  if (stage === 'RECEIVED' || stage === 'PLANNING' || stage === 'EXECUTING') return { kind: 'run', purpose: purposeOf(state) };
  if (gate?.status === 'open' && hasQuorum(gate)) return { kind: 'confirm-quorum' };
  if (stage === 'PATCH_READY' && gate?.status === 'approved') return { kind: 'publish' };
  if (stage === 'MR_OPENED' && reviewToPost(state)) return { kind: 'post-review' };
  return { kind: 'wait', untilMs: gate?.status === 'open' ? gate.expiresAtMs : null };
}

function purposeOf(state: RequestState): RunPurpose {
  const { stage, plan, checkpoint } = state.status;
  if (stage === 'PLANNING' || (stage === 'RECEIVED' && state.input.planFirst && plan === null)) return 'plan';
  return checkpoint === null ? 'implement' : 'follow-up';
}

function reviewToPost(state: RequestState): boolean {
  const { review } = state;
  return review?.status === 'completed' && !review.posted && review.commit === state.status.mergeRequest?.commit;
}
