import { describe, expect, it } from '@jest/globals';
import { branchOf, fileNameOf, tokensOf } from './facts.ts';

describe('fileNameOf', () => {
  it.each([
    ['Make the failing test pass', 'make-the-failing-test-pass.patch'],
    ['../../etc/passwd', 'etc-passwd.patch'],
    ['Größe ändern', 'gro-e-a-ndern.patch'],
    ['!!!', 'change.patch'],
    ['x'.repeat(100), `${'x'.repeat(60)}.patch`],
  ])('of %j is %s', (title, name) => {
    expect(fileNameOf(title, 'patch')).toBe(name);
  });
});

describe('tokensOf', () => {
  it('adds up all runs', () => {
    expect(
      tokensOf({
        runs: [
          { inputTokens: 3, outputTokens: 1 },
          { inputTokens: 4, outputTokens: 2 },
        ],
      }),
    ).toEqual({ input: 7, output: 3 });
    expect(tokensOf({ runs: [] })).toEqual({ input: 0, output: 0 });
  });
});

describe('branchOf', () => {
  it('names the published branch as git people do', () => {
    const mergeRequest = { branch: 'refs/heads/astraforge/fix' } as Parameters<typeof branchOf>[0]['mergeRequest'];

    expect(branchOf({ mergeRequest })).toBe('astraforge/fix');
    expect(branchOf({ mergeRequest: null })).toBeNull();
  });
});
