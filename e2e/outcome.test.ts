import { describe, expect, it } from '@jest/globals';
import { closingLines, type Ended, judge, readOutcome, settle, type Step } from './outcome.ts';

const root = '/home/me/astraforge/';
const jestReport = JSON.stringify({
  numPassedTests: 7,
  numFailedTests: 1,
  testResults: [
    { name: `${root}db/slots.test.ts`, status: 'passed', message: '', assertionResults: [] },
    {
      name: `${root}db/inbox.test.ts`,
      status: 'failed',
      message: 'all of it',
      assertionResults: [
        { fullName: 'inbox keeps one row', status: 'passed', failureMessages: [] },
        {
          fullName: 'inbox claims a row',
          status: 'failed',
          failureMessages: ['\u001b[31mexpected 1\u001b[39m\n\n  received 2\n3\n4\n5\n6\n7'],
        },
      ],
    },
    { name: `${root}api/app.test.ts`, status: 'failed', message: 'Cannot find module', assertionResults: [] },
  ],
});

const base: Ended = { name: 'npm run check', suite: null, ok: false, durationMs: 1000, outcome: readOutcome(jestReport, root), output: '' };
const failed: Step = judge(base);

describe('readOutcome', () => {
  it('names each failed test and each file that could not run, with its first lines', () => {
    expect(readOutcome(jestReport, root)).toEqual({
      passed: 7,
      failed: 1,
      failures: [
        { file: 'db/inbox.test.ts', test: 'inbox claims a row', lines: ['expected 1', 'received 2', '3', '4', '5', '6'] },
        { file: 'api/app.test.ts', test: 'the whole file', lines: ['Cannot find module'] },
      ],
    });
  });

  it.each(['', '{"numPassedTests":', '[]'])('knows that %j is no report', (text) => {
    expect(readOutcome(text, root)).toBeNull();
  });
});

describe('judge', () => {
  it('has the failed files of the unit tests run again, each once', () => {
    expect(failed).toMatchObject({ ok: false, passed: 7, failed: 1, again: ['db/inbox.test.ts', 'api/app.test.ts'] });
  });

  it('has a suite run again whatever ended it, and shows the end of its output when no test failed', () => {
    const crashed = judge({
      ...base,
      name: 'e2e/a.system.test.ts',
      suite: 'e2e/a.system.test.ts',
      outcome: null,
      output: 'one\n\u001b[1mtwo\u001b[0m\n',
    });

    expect(crashed).toMatchObject({ failed: 1, again: ['e2e/a.system.test.ts'] });
    expect(crashed.failures).toEqual([{ file: 'e2e/a.system.test.ts', test: 'ended without a failed test', lines: ['one', 'two'] }]);
  });

  it.each([
    ['a lint error, before any test', null],
    ['an exit code without a failed test', { passed: 9, failed: 0, failures: [] }],
    [
      'failures in many files',
      { passed: 9, failed: 9, failures: Array.from({ length: 9 }, (_, at) => ({ file: `f${at}.test.ts`, test: 't', lines: [] })) },
    ],
  ])('runs nothing again for %s', (_, outcome) => {
    expect(judge({ ...base, outcome })).toMatchObject({ ok: false, again: [] });
  });
});

describe('settle', () => {
  it('takes a step that passes the second time for passed, and names what was flaky', () => {
    const settled = settle(failed, judge({ ...base, ok: true, durationMs: 200, outcome: { passed: 3, failed: 0, failures: [] } }));

    expect(settled).toMatchObject({ ok: true, passed: 8, failed: 0, durationMs: 1200, failures: [] });
    expect(settled.flaky).toEqual(['db/inbox.test.ts: inbox claims a row', 'api/app.test.ts: the whole file']);
  });

  it('lets a step that fails twice fail', () => {
    const settled = settle(failed, judge({ ...base, outcome: { passed: 0, failed: 1, failures: [{ file: 'x', test: 'y', lines: [] }] } }));

    expect(settled).toMatchObject({ ok: false, passed: 7, failed: 1, flaky: [], failures: [{ file: 'x', test: 'y' }] });
  });
});

describe('closingLines', () => {
  it('ends with flaky tests, failures with their words, and the counts', () => {
    const flaky = settle(failed, judge({ ...base, ok: true, outcome: { passed: 3, failed: 0, failures: [] } }));

    expect(closingLines([flaky, failed])).toEqual([
      'flaky: db/inbox.test.ts: inbox claims a row (failed once, passed when its file ran again)',
      'flaky: api/app.test.ts: the whole file (failed once, passed when its file ran again)',
      'FAILED: db/inbox.test.ts: inbox claims a row',
      ...['expected 1', 'received 2', '3', '4', '5', '6'].map((line) => `    ${line}`),
      'FAILED: api/app.test.ts: the whole file',
      '    Cannot find module',
      '15 passed, 1 failed',
    ]);
  });
});
