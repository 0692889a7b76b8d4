import type { Schemas } from '~/lib/api.ts';
import { type AwaitingKind, describeAwaiting, describeStage, isForPerson, type Stage } from '~/lib/stages.ts';

export type { AwaitingKind, Stage };
export type RequestSummary = Schemas['RequestSummary'];
export type RequestDetail = Schemas['RequestDetail'];
export type Awaiting = NonNullable<RequestSummary['awaiting']>;

const known: Readonly<Record<Stage, true>> = {
  RECEIVED: true,
  PLANNING: true,
  PLAN_READY: true,
  EXECUTING: true,
  PATCH_READY: true,
  MR_OPENED: true,
  REVIEWED: true,
  BLOCKED: true,
  DONE: true,
  CANCELLED: true,
  FAILED: true,
};

/** Every stage in the order of a request's life. */
export const stages = Object.keys(known) as Stage[];

const knownAwaits: Readonly<Record<AwaitingKind, true>> = {
  answer: true,
  'plan-approval': true,
  'patch-approval': true,
  merge: true,
  retry: true,
  reopen: true,
  budget: true,
  'policy-waiver': true,
  slot: true,
};

/** For what a request may wait, what is asked of people most often first. */
export const awaitingKinds = Object.keys(knownAwaits) as AwaitingKind[];

/** The kinds of waiting that a person ends. */
export const personAwaits = awaitingKinds.filter(isForPerson);

/** True once nothing more happens to a request. */
export function isClosed(stage: Stage): boolean {
  return stage === 'DONE' || stage === 'CANCELLED' || stage === 'FAILED';
}

/** A sentence for screen readers when a request moves. */
export function announceStage(stage: Stage, awaiting: AwaitingKind | null): string {
  return `${describeStage(stage).label}${awaiting === null ? '' : `: ${describeAwaiting(awaiting)}`}.`;
}
