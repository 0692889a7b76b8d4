import { describe, expect, it } from '@jest/globals';
import { logOf } from '../log/model/testing.ts';
import { compareFacts, countCommands, pickRuns, type Run } from './compare.ts';

function run(ordinal: number, part: Partial<Run> = {}): Run {
  return {
    runId: `r${ordinal}`,
    requestId: 'q',
    ordinal,
    purpose: 'implement',
    status: 'succeeded',
    reason: null,
    message: '',
    attempts: 1,
    checkpoint: null,
    checks: [],
    inputTokens: 0,
    outputTokens: 0,
    createdAtMs: 0,
    endedAtMs: 1000,
    ...part,
  };
}

describe('pickRuns', () => {
  const runs = [run(3), run(1), run(2)];

  it.each<[string | null, string | null, [string, string]]>([
    [null, null, ['r2', 'r3']],
    ['r1', 'r2', ['r1', 'r2']],
    ['r3', 'r1', ['r3', 'r1']],
    ['r1', null, ['r1', 'r3']],
    ['r3', null, ['r3', 'r2']],
    [null, 'r2', ['r1', 'r2']],
    [null, 'r1', ['r1', 'r1']],
    ['unknown', 'unknown', ['r2', 'r3']],
  ])('for %p and %p', (left, right, expected) => {
    const picked = pickRuns(runs, left, right);

    expect([picked?.left.runId, picked?.right.runId]).toEqual(expected);
  });

  it('finds nothing to compare with one run', () => {
    expect(pickRuns([run(1)], null, null)).toBeNull();
  });
});

describe('countCommands', () => {
  it('counts those that began and those that failed', () => {
    const events = logOf(
      { type: 'command.started', data: { itemId: 'a', command: 'x', cwd: '/' } },
      { type: 'command.completed', data: { itemId: 'a', exitCode: 2, durationMs: 1 } },
      { type: 'command.started', data: { itemId: 'b', command: 'x', cwd: '/' } },
      { type: 'command.completed', data: { itemId: 'b', exitCode: 0, durationMs: 1 } },
      { type: 'command.started', data: { itemId: 'c', command: 'x', cwd: '/' } },
      { type: 'command.completed', data: { itemId: 'c', exitCode: null, durationMs: null } },
      { type: 'warning', data: { message: 'w' } },
    );

    expect(countCommands(events)).toEqual({ run: 3, failed: 1 });
  });
});

describe('compareFacts', () => {
  const commands = { left: { run: 5, failed: 2 }, right: { run: 3, failed: 0 } };
  const stat = (files: number, insertions: number) => ({ checkpoint: { stat: { files, insertions, deletions: 0 } } as Run['checkpoint'] });
  const check = (name: string, status: Run['checks'][number]['status']) => ({ name, command: 'x', status, exitCode: 0, durationMs: 1 });

  function row(label: string, left: Run, right: Run): (string | null)[] {
    const found = compareFacts(left, right, commands, 5_000).find((fact) => fact.label === label);
    return [found?.left ?? null, found?.right ?? null, found?.change ?? null];
  }

  it.each<[string, Partial<Run>, Partial<Run>, (string | null)[]]>([
    ['Duration', { endedAtMs: 4_000 }, { endedAtMs: 1_000 }, ['4.0 s', '1.0 s', '−3.0 s']],
    ['Duration', { endedAtMs: 1_000 }, { endedAtMs: null }, ['1.0 s', '5.0 s', '+4.0 s']],
    ['Tokens read', { inputTokens: 1_000 }, { inputTokens: 1_000 }, ['1.0k', '1.0k', 'same']],
    ['Commands', {}, {}, ['5', '3', '−2']],
    ['Commands that failed', {}, {}, ['2', '0', '−2']],
    ['Files changed', stat(1, 5), stat(3, 5), ['1', '3', '+2']],
    ['Files changed', {}, stat(3, 5), ['–', '3', null]],
    ['Check test', { checks: [check('test', 'failed')] }, { checks: [check('test', 'passed')] }, ['failed', 'passed', 'now passed']],
    ['Check test', { checks: [check('test', 'passed')] }, {}, ['passed', '–', null]],
  ])('tells %s of %j and %j', (label, left, right, expected) => {
    expect(row(label, run(1, left), run(2, right))).toEqual(expected);
  });
});
