import { describe, expect, it } from '@jest/globals';
import { headerText, parseLog, planCommits, planSingle, snapshotPrefix, trailersOf } from './commit-plan.ts';
import type { RawCommit } from './commit-plan.ts';
import { testIdentity } from './testing.ts';

function raw(id: string, parents: string[], message: string, more: Partial<RawCommit> = {}): RawCommit {
  return { id, tree: `tree-${id}`, parents, authorDate: '1600000000 +0200', committer: 'w@example.org 1600000000', message, ...more };
}

const plan = { baseCommit: 'base', message: 'Title', atMs: 1_750_000_000_000 };

describe('planCommits', () => {
  it('gives the snapshot at the tip the message and keeps the agent’s own commits', () => {
    const commits = [raw('a', ['base'], 'Own'), raw('b', ['a'], `${snapshotPrefix} at turn end`)];

    const planned = planCommits({ ...plan, commits });

    expect(planned.commits.map(({ of, message }) => [of, message])).toEqual([
      ['a', 'Own'],
      ['b', 'Title'],
    ]);
  });

  it('melts earlier snapshots into what follows them', () => {
    const commits = [raw('s', ['base'], snapshotPrefix), raw('a', ['s'], 'Own'), raw('t', ['a'], snapshotPrefix)];

    const planned = planCommits({ ...plan, commits });

    expect(planned.commits.map(({ of }) => of)).toEqual(['a', 't']);
    expect(planned.replaces).toEqual(new Map([['s', 'base']]));
  });

  it('leaves out a snapshot that adds nothing to its parent, inside and outside the range', () => {
    const inside = [raw('a', ['base'], 'Own'), raw('t', ['a'], snapshotPrefix, { tree: 'tree-a' })];
    const outside = [raw('t', ['base'], snapshotPrefix, { tree: 'tree-base' })];

    const first = planCommits({ ...plan, commits: inside });
    const second = planCommits({ ...plan, commits: outside, outerTrees: new Map([['base', 'tree-base']]) });

    expect(first.commits.map(({ of }) => of)).toEqual(['a']);
    expect(second).toEqual({ commits: [], replaces: new Map([['t', 'base']]) });
  });

  it.each([
    ['1600000000 +0200', '1600000000 +0200'],
    ['-5 +0000', '1750000000 +0000'],
    ['99999999999999999999 +0000', '1750000000 +0000'],
    ['1600000000 +9999', '1750000000 +0000'],
  ])('takes the author date %s as %s', (given, expected) => {
    const planned = planCommits({ ...plan, commits: [raw('a', ['base'], 'Own', { authorDate: given })] });

    expect(planned.commits[0]?.authorDate).toBe(expected);
  });
});

describe('planSingle', () => {
  it('puts the tip’s tree on the base', () => {
    const planned = planSingle({ ...plan, commits: [], tip: raw('x', ['y'], 'lost history') });

    expect(planned.commits).toEqual([{ of: 'x', tree: 'tree-x', parents: ['base'], authorDate: '1750000000 +0000', message: 'Title' }]);
  });
});

describe('parseLog', () => {
  it('reads messages with empty lines and merges', () => {
    const output = 'a\0t\0p q\x001 +0000\0e 1\0one\n\nbody\n\0b\0u\0\x002 +0000\0e 2\0\0';

    const commits = parseLog(output);

    expect(commits).toMatchObject([
      { id: 'a', parents: ['p', 'q'], message: 'one\n\nbody\n' },
      { id: 'b', parents: [], message: '' },
    ]);
  });
});

describe('trailersOf', () => {
  it('names each person once and signs off last', () => {
    const person = { name: 'Ada', email: 'ada@example.org' };

    const trailers = trailersOf({ ...testIdentity, coAuthors: [person, person], signOff: true });

    expect(trailers).toEqual(['Co-authored-by: Ada <ada@example.org>', 'Signed-off-by: AstraForge <astraforge@localhost>']);
    expect(headerText('a\nb<c>')).toBe('a b c');
  });
});
