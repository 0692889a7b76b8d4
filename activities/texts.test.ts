import { describe, expect, it } from '@jest/globals';
import { principal, requestInput } from './testing/samples.ts';
import { branchName, commitMessage, mergeRequestDescription } from './texts.ts';

describe('branchName', () => {
  it.each([
    ['Make the failing test pass', 'astraforge/make-the-failing-test-pass-00000000'],
    ['-- ünïcode & "quotes"!\nnewline', 'astraforge/u-ni-code-quotes-newline-00000000'],
    ['🐛', 'astraforge/change-00000000'],
    ['..//refs/heads/x.lock', 'astraforge/refs-heads-x-lock-00000000'],
    ['x'.repeat(500), `astraforge/${'x'.repeat(40)}-00000000`],
  ])('makes a valid branch of %j', (title, expected) => {
    expect(branchName(requestInput({ title }))).toBe(expected);
  });
});

describe('commitMessage', () => {
  it('has the title as one subject line and links the request', () => {
    const message = commitMessage(requestInput({ title: 'Fix\nit  now' }), 'http://h');

    expect(message).toBe('Fix it now\n\nRequest: http://h/requests/01890000-0000-7000-8000-000000000001\n');
  });
});

describe('mergeRequestDescription', () => {
  const base = { request: requestInput(), checks: [], gate: null, warnings: [], publicUrl: 'http://h' };

  it('keeps a prompt that closes fences inside its own', () => {
    const text = mergeRequestDescription({ ...base, prompt: '```\n# heading\n```` \n@everyone' });

    expect(text.startsWith('`````text\n')).toBe(true);
  });

  it('names checks, standing approvals and rules, and leaves superseded votes out', () => {
    const decision = { decisionId: 'd', rule: null, comment: 'fine', atMs: 1, superseded: false, vote: 'approve' as const };
    const gate = {
      gateId: 'g',
      subject: { kind: 'commit' as const, id: 'c' },
      rule: requestInput().gates.patch,
      status: 'approved' as const,
      openedAtMs: 1,
      expiresAtMs: null,
      closedAtMs: 2,
      checks: [],
      decisions: [
        { ...decision, by: principal({ name: 'Grace' }) },
        { ...decision, by: principal({ name: 'Old' }), superseded: true },
        { ...decision, by: null, rule: 'pre-approved' },
      ],
    };
    const checks = [{ name: 'test', command: 'npm test', status: 'passed' as const, exitCode: 0, durationMs: 1 }];

    const text = mergeRequestDescription({ ...base, prompt: 'p', gate, checks });

    expect(text).toContain('- `test`: passed');
    expect(text).toContain('- Grace: fine');
    expect(text).toContain('- rule: pre-approved');
    expect(text).not.toContain('Old');
  });
});
