import { describe, expect, it } from '@jest/globals';
import { branchName, describeMerge } from './merge-words.ts';

type Facts = Parameters<typeof describeMerge>[0];

function facts(state: 'open' | 'merged' | 'closed', more: Partial<Facts> = {}, forge = 'local'): Facts {
  const mergeRequest = { forge, state, targetBranch: 'refs/heads/main', commit: 'abcdef0123456789' } as Facts['mergeRequest'];
  return { mergeRequest, awaiting: { kind: 'merge' } as Facts['awaiting'], stage: 'REVIEWED', ...more };
}

describe('describeMerge', () => {
  it.each<[string, Facts, boolean, RegExp]>([
    ['ready here', facts('open'), true, /commit abcdef01 into main and ends/],
    ['ready elsewhere', facts('open', {}, 'gitlab'), false, /Merge it on gitlab/],
    ['with a newer change', facts('open', { awaiting: null, stage: 'PATCH_READY' }), false, /waits for approval first/],
    ['while the agent works', facts('open', { awaiting: null, stage: 'EXECUTING' }), false, /at work/],
    ['merged', facts('merged'), false, /merged into main/],
    ['closed', facts('closed'), false, /closed without/],
    ['that is not there', { ...facts('open'), mergeRequest: null }, false, /no merge request/],
  ])('of one %s', (_what, request, canMerge, sentence) => {
    const told = describeMerge(request);

    expect(told.canMerge).toBe(canMerge);
    expect(told.sentence).toMatch(sentence);
  });
});

describe('branchName', () => {
  it.each([
    ['refs/heads/a/b', 'a/b'],
    ['main', 'main'],
  ])('of %s is %s', (ref, name) => {
    expect(branchName(ref)).toBe(name);
  });
});
