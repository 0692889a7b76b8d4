import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { createMirrors } from './mirror.ts';
import { createGit } from './run-git.ts';
import { makeFolder, makeRepository } from './testing.ts';

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

describe('fetching a mirror', () => {
  it('shares one fetch among those who ask while it runs, and fetches anew for those who come later', async () => {
    const source = makeRepository(join(folder.path, 'source'));
    source.commit('one', { 'a.txt': 'a' });
    const fetches: string[][] = [];
    const git = createGit({ onCommand: ({ argv }) => void (argv[1] === 'fetch' && fetches.push(argv)) });
    const mirrors = createMirrors({
      git,
      mirrorsDir: join(folder.path, 'mirrors'),
      locksDir: null,
      allowPaths: true,
      fetchTimeoutMs: 60_000,
    });
    const key = { tenantId: 't', projectId: 'p' };
    const ask = () => mirrors.fetch(key, { kind: 'git', url: source.path }, {});

    await Promise.all([ask(), ask(), ask()]);
    const together = fetches.length;
    await ask();

    expect(together).toBe(1);
    expect(fetches).toHaveLength(2);
  });
});
