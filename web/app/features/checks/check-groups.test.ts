import { describe, expect, it } from '@jest/globals';
import { checkGroups, describeCheck, summariseChecks } from './check-groups.ts';

type Request = Parameters<typeof checkGroups>[0];

const check = { name: 'test', command: 'npm test', status: 'passed', exitCode: 0, durationMs: 1 };
const run = (ordinal: number, commit: string | null, checks: object[]) => ({
  runId: `run${ordinal}`,
  ordinal,
  checkpoint: commit === null ? null : { commit },
  checks,
});

describe('checkGroups', () => {
  it('shows the newest first, each with its commit, and which one counts', () => {
    const request = {
      runs: [run(1, 'a', [check]), run(2, null, []), run(3, 'b', [check])],
      checkpoint: { commit: 'b' },
    } as unknown as Request;

    expect(checkGroups(request).map(({ ordinal, commit, isCurrent }) => [ordinal, commit, isCurrent])).toEqual([
      [3, 'b', true],
      [1, 'a', false],
    ]);
  });
});

describe('describeCheck', () => {
  it.each([
    [{ status: 'passed' as const, exitCode: 0 }, 'Passed'],
    [{ status: 'failed' as const, exitCode: 2 }, 'Failed with exit code 2'],
    [{ status: 'failed' as const, exitCode: null }, 'Failed'],
    [{ status: 'timed-out' as const, exitCode: null }, 'Did not end in time'],
    [{ status: 'error' as const, exitCode: 127 }, 'Could not be run'],
  ])('of %j is %s', (result, words) => {
    expect(describeCheck(result)).toBe(words);
  });
});

describe('summariseChecks', () => {
  it.each([
    [['passed'], 'The check passed'],
    [['passed', 'passed'], 'All 2 checks passed'],
    [['failed'], '0 of 1 check passed'],
    [['passed', 'failed', 'error'], '1 of 3 checks passed'],
  ] as const)('of %j is %s', (statuses, words) => {
    expect(summariseChecks(statuses.map((status) => ({ status })))).toBe(words);
  });
});
