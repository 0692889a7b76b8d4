import type { AwaitingKind, Stage } from '../../../workflows/contracts/request.ts';

export type { AwaitingKind, Stage };

/** What a stage means for the one who looks: decides colour and icon. */
export type StageTone = 'working' | 'waiting' | 'done' | 'stopped' | 'idle';

interface StageWords {
  label: string;
  tone: StageTone;
}

const stages: Readonly<Record<Stage, StageWords>> = {
  RECEIVED: { label: 'Received', tone: 'idle' },
  PLANNING: { label: 'Planning', tone: 'working' },
  PLAN_READY: { label: 'Plan ready', tone: 'waiting' },
  EXECUTING: { label: 'Executing', tone: 'working' },
  PATCH_READY: { label: 'Patch ready', tone: 'waiting' },
  MR_OPENED: { label: 'MR opened', tone: 'working' },
  REVIEWED: { label: 'Reviewed', tone: 'working' },
  DONE: { label: 'Done', tone: 'done' },
  BLOCKED: { label: 'Blocked', tone: 'waiting' },
  CANCELLED: { label: 'Cancelled', tone: 'idle' },
  FAILED: { label: 'Failed', tone: 'stopped' },
};

const awaitings: Readonly<Record<AwaitingKind, string>> = {
  answer: 'Needs an answer',
  'policy-waiver': 'Needs a waiver',
  budget: 'Needs budget',
  retry: 'Needs a retry',
  reopen: 'Needs reopening',
  slot: 'Queued',
  'plan-approval': 'Approve plan',
  'patch-approval': 'Approve patch',
  merge: 'Ready to merge',
};

/** The stage in words and what it means. */
export function describeStage(stage: Stage): StageWords {
  return stages[stage];
}

/** What a request waits for, in a few words. */
export function describeAwaiting(kind: AwaitingKind): string {
  return awaitings[kind];
}

/** True when it waits for a person rather than for a machine. */
export function isForPerson(kind: AwaitingKind): boolean {
  return kind !== 'slot';
}
