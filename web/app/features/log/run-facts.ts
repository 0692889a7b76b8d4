import type { Schemas } from '~/lib/api.ts';

export type Run = Schemas['Run'];

/** A run's status in words. */
export const runStatusWords: Readonly<Record<Run['status'], string>> = {
  waiting: 'waiting',
  working: 'working',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** What a run is for, in words. */
export const runPurposeWords: Readonly<Record<Run['purpose'], string>> = {
  plan: 'Plan',
  implement: 'Implement',
  'follow-up': 'Follow-up',
  repair: 'Repair',
};

/** True while a run has not ended. */
export function isRunning(run: Pick<Run, 'endedAtMs'>): boolean {
  return run.endedAtMs === null;
}

/** Runs, newest first. */
export function newestFirst(runs: readonly Run[]): Run[] {
  return [...runs].sort((a, b) => b.ordinal - a.ordinal);
}

/** The address of a comparison below a request's page. */
export function comparePath(requestId: string, left: string, right: string): string {
  return `/requests/${requestId}/compare?${new URLSearchParams({ left, right }).toString()}`;
}
