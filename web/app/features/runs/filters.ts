import type { Schemas } from '~/lib/api.ts';

export type RunStatus = Schemas['Run']['status'];

/** Every status of a run with its word, in the order of the filter. */
export const runStatuses: readonly { status: RunStatus; label: string }[] = [
  { status: 'working', label: 'Working' },
  { status: 'waiting', label: 'Waiting' },
  { status: 'succeeded', label: 'Succeeded' },
  { status: 'failed', label: 'Failed' },
  { status: 'cancelled', label: 'Cancelled' },
];

/** What the address of the runs page says. */
export interface RunsQuery {
  status: RunStatus | null;
  cursor: string | null;
}

/** Reads the address; an unknown status counts as none. */
export function readRunsQuery(search: URLSearchParams): RunsQuery {
  const status = runStatuses.find((known) => known.status === search.get('status'))?.status ?? null;
  return { status, cursor: search.get('cursor') || null };
}

/** The address for another choice; another status begins at the first page. */
export function runsSearch(query: RunsQuery): string {
  const search = new URLSearchParams();
  if (query.status !== null) search.set('status', query.status);
  if (query.cursor !== null) search.set('cursor', query.cursor);
  return `?${search.toString()}`;
}

/** Why a run exists, in words. */
export const purposes: Readonly<Record<Schemas['Run']['purpose'], string>> = {
  plan: 'Plan',
  implement: 'Implement',
  'follow-up': 'Follow up',
  repair: 'Repair',
};

/** How long a run has taken, or takes so far, in ms. */
export function runDurationMs(run: Pick<Schemas['Run'], 'createdAtMs' | 'endedAtMs'>, nowMs: number): number {
  return Math.max(0, (run.endedAtMs ?? nowMs) - run.createdAtMs);
}
