import { describe, expect, it } from '@jest/globals';
import { requestInput } from '../testing/fixtures.ts';
import type { FailureReason, RunInput } from '../contracts/run.ts';
import { handledMessages, mayRepair, mayResume } from './decisions.ts';

const run: RunInput = {
  runId: 'r1-1',
  ordinal: 1,
  purpose: 'implement',
  request: requestInput(),
  messages: [{ messageId: 'm1', kind: 'prompt', author: null }],
  from: null,
  plan: null,
  createdAtMs: 0,
};
const failed = (...reasons: FailureReason[]) => reasons.map((reason) => ({ reason, message: '' }));

describe('mayResume', () => {
  const cases: [string, FailureReason[], boolean][] = [
    ['a lost place', ['place-lost'], true],
    ['a place lost twice', ['place-lost', 'place-lost'], true],
    ['a place lost three times', ['place-lost', 'place-lost', 'place-lost'], false],
    ['a supervisor gone once', ['supervisor-gone'], true],
    ['a supervisor gone twice', ['supervisor-gone', 'supervisor-gone'], false],
    ['a host lost, then a supervisor gone', ['place-lost', 'supervisor-gone'], true],
    ['an agent out of memory', ['agent-memory'], false],
    ['an agent that tampered', ['tampered'], false],
    ['an agent error after a lost place', ['place-lost', 'agent-exit'], false],
  ];

  it.each(cases)('%s', (_name, reasons, expected) => {
    expect(mayResume(failed(...reasons))).toBe(expected);
  });
});

describe('mayRepair', () => {
  const check = (status: 'passed' | 'failed') => ({ name: 'test', command: 'npm test', status, exitCode: 1, durationMs: 1 });

  it('grants as many turns as the request allows, and only for failed checks', () => {
    expect(mayRepair(run, 0, [check('failed')])).toBe(true);
    expect(mayRepair(run, 1, [check('failed')])).toBe(false);
    expect(mayRepair(run, 0, [check('passed')])).toBe(false);
    expect(mayRepair(run, 0, [])).toBe(false);
  });
});

describe('handledMessages', () => {
  it('counts what was carried and what was steered, each once', () => {
    const outcomes = [{ kind: 'interrupted' as const, steeredMessageIds: ['m2', 'm1'] }];

    expect(handledMessages(run, outcomes)).toEqual(['m1', 'm2']);
  });
});
