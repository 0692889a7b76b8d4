import { describe, expect, it } from '@jest/globals';
import type { Schemas } from '~/lib/api.ts';
import { branchName, forgeLink } from './board.ts';

describe('branchName', () => {
  it.each([
    ['refs/heads/astraforge/fix-1', 'astraforge/fix-1'],
    ['main', 'main'],
  ])('of %s is %s', (ref, name) => {
    expect(branchName(ref)).toBe(name);
  });
});

describe('forgeLink', () => {
  const ref = (url: string) => ({ url }) as Schemas['MergeRequestRef'];

  it.each([
    ['gitlab', 'https://git.example.org/a/-/merge_requests/3', 'git.example.org'],
    ['local', 'http://127.0.0.1:8080/merge-requests/3', undefined],
    ['gitlab', 'javascript:alert(1)', undefined],
    ['gitlab', 'not an address', undefined],
  ])('of %s at %s: %s', (forge, url, label) => {
    expect(forgeLink({ forge, ref: ref(url) })?.label).toBe(label);
  });
});
