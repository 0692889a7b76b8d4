import type { Awaiting, AwaitingKind, Stage } from '../../workflows/contracts/request.ts';
import type { Style } from './style.ts';
import { safeLine } from './text.ts';

const awaitingWords: Readonly<Record<AwaitingKind, string>> = {
  answer: 'an answer to the agent',
  'policy-waiver': 'a waiver of a policy',
  budget: 'a larger budget',
  retry: 'a retry',
  reopen: 'the merge request to be reopened',
  slot: 'a free slot',
  'plan-approval': 'approval of the plan',
  'patch-approval': 'approval of the patch',
  merge: 'the merge',
};

/** What a request waits for, in words: "waits for approval of the patch". */
export function describeAwaiting(awaiting: Pick<Awaiting, 'kind'>): string {
  return `waits for ${awaitingWords[awaiting.kind]}`;
}

/** A stage in the colour of its meaning. */
export function paintStage(style: Style, stage: Stage): string {
  switch (stage) {
    case 'DONE':
      return style('green', stage);
    case 'BLOCKED':
    case 'PATCH_READY':
    case 'PLAN_READY':
      return style('yellow', stage);
    case 'FAILED':
    case 'CANCELLED':
      return style('red', stage);
    case 'RECEIVED':
    case 'PLANNING':
    case 'EXECUTING':
    case 'MR_OPENED':
    case 'REVIEWED':
      return style('cyan', stage);
  }
}

/** The first twelve characters of a commit id, safe to print. */
export function shortCommit(commit: string): string {
  return safeLine(commit, 64).slice(0, 12);
}

/** "1 file", "3 files". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
