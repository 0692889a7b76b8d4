import { describe, expect, it } from '@jest/globals';
import { createShares } from './shares.ts';

describe('createShares', () => {
  it('gives each workspace so many of a kind at once, whatever the others take', () => {
    const shares = createShares({ llm: 2, git: 1, files: 1, egress: 1 });

    const first = shares.take('a', 'llm');
    const second = shares.take('a', 'llm');
    const third = shares.take('a', 'llm');
    const others = [shares.take('a', 'git'), shares.take('b', 'llm')];
    first?.();
    first?.();
    const fourth = shares.take('a', 'llm');
    const fifth = shares.take('a', 'llm');

    expect([second, third, fourth, fifth].map((share) => share !== null)).toEqual([true, false, true, false]);
    expect(others.every((share) => share !== null)).toBe(true);
  });
});
