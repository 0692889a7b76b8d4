import { requestPath } from '~/features/requests/links.ts';
import type { Schemas } from '~/lib/api.ts';

export type Run = Schemas['Run'];

/** True while a run has not ended. */
export function isRunning(run: Pick<Run, 'endedAtMs'>): boolean {
  return run.endedAtMs === null;
}

/** Runs, newest first. */
export function newestFirst(runs: readonly Run[]): Run[] {
  return [...runs].sort((a, b) => b.ordinal - a.ordinal);
}

/** The page that shows two runs of a request beside each other. */
export function comparePath(requestId: string, left: string, right: string): string {
  return `${requestPath(requestId, 'compare')}?${new URLSearchParams({ left, right }).toString()}`;
}
