import type { RequestDetail } from '~/features/requests/stages.ts';

export type CheckResult = RequestDetail['checks'][number];

/** The checks of one run's commit. */
export interface CheckGroup {
  key: string;
  runId: string;
  ordinal: number;
  commit: string | null;
  /** True for the commit that the request stands at. */
  isCurrent: boolean;
  checks: CheckResult[];
}

/** Every run's checks, newest first. A result belongs to the commit that it was found on. */
export function checkGroups(request: Pick<RequestDetail, 'runs' | 'checkpoint'>): CheckGroup[] {
  const current = request.checkpoint?.commit ?? null;
  return request.runs
    .filter(({ checks }) => checks.length > 0)
    .map(({ runId, ordinal, checkpoint, checks }) => ({
      key: runId,
      runId,
      ordinal,
      commit: checkpoint?.commit ?? null,
      isCurrent: checkpoint !== null && checkpoint.commit === current,
      checks,
    }))
    .sort((a, b) => b.ordinal - a.ordinal);
}

/** How a check ended, in words. */
export function describeCheck({ status, exitCode }: Pick<CheckResult, 'status' | 'exitCode'>): string {
  switch (status) {
    case 'passed':
      return 'Passed';
    case 'failed':
      return exitCode === null ? 'Failed' : `Failed with exit code ${exitCode}`;
    case 'timed-out':
      return 'Did not end in time';
    case 'error':
      return 'Could not be run';
  }
}

/** "2 of 3 checks passed". */
export function summariseChecks(checks: readonly Pick<CheckResult, 'status'>[]): string {
  const passed = checks.filter(({ status }) => status === 'passed').length;
  const noun = checks.length === 1 ? 'check' : 'checks';
  return passed === checks.length
    ? `${passed === 1 ? 'The check' : `All ${passed} checks`} passed`
    : `${passed} of ${checks.length} ${noun} passed`;
}
