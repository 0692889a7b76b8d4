import { describe, expect, it } from '@jest/globals';
import { isSampleProject } from './sample.ts';

describe('isSampleProject', () => {
  it.each([
    ['getting-started', 'local', '/home/u/.astraforge/forge/getting-started.git', true],
    ['sample-2', 'local', '/s/forge/sample-2.git', true],
    ['sample', 'local', '/home/u/src/sample.git', false],
    ['sample', 'gitlab', 'https://git.example.org/forge/sample.git', false],
    ['shop', 'local', '/s/forge/shop.git', false],
    ['sampler', 'local', '/s/forge/sampler.git', false],
  ])('%s of %s at %s: %s', (name, forge, repositoryUrl, expected) => {
    expect(isSampleProject({ name, forge, repositoryUrl })).toBe(expected);
  });
});
