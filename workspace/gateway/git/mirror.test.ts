import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { createMirrors } from './mirror.ts';
import { createGit } from './run-git.ts';
import type { Git } from './run-git.ts';
import { makeFolder, makeRepository, plainGit } from './testing.ts';

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const key = { tenantId: 't', projectId: 'p' };

function mirrorsOf(git: Git) {
  return createMirrors({ git, mirrorsDir: join(folder.path, 'mirrors'), locksDir: null, allowPaths: true, fetchTimeoutMs: 60_000 });
}

describe('fetching a mirror', () => {
  it('shares one fetch among those who ask while it runs, and fetches anew for those who come later', async () => {
    const source = makeRepository(join(folder.path, 'source'));
    source.commit('one', { 'a.txt': 'a' });
    const fetches: string[][] = [];
    const mirrors = mirrorsOf(createGit({ onCommand: ({ argv }) => void (argv[1] === 'fetch' && fetches.push(argv)) }));
    const ask = () => mirrors.fetch(key, { kind: 'git', url: source.path }, {});

    await Promise.all([ask(), ask(), ask()]);
    const together = fetches.length;
    await ask();

    expect(together).toBe(1);
    expect(fetches).toHaveLength(2);
  });

  it('removes what a killed fetch left in it', async () => {
    const source = makeRepository(join(folder.path, 'source'));
    source.commit('one', { 'a.txt': 'a' });
    const mirrors = mirrorsOf(createGit());
    const half = join(await mirrors.ensure(key), 'objects', 'pack', 'tmp_pack_x');
    writeFileSync(half, 'half');
    utimesSync(half, 0, 0);

    await mirrors.fetch(key, { kind: 'git', url: source.path }, {});

    expect(existsSync(half)).toBe(false);
  });

  describe('that is damaged', () => {
    /** A mirror of one commit whose ref is broken since. */
    async function damaged(git: Git) {
      const source = makeRepository(join(folder.path, 'source'));
      const tip = source.commit('one', { 'a.txt': 'a' });
      const mirrors = mirrorsOf(git);
      const ask = () => mirrors.fetch(key, { kind: 'git', url: source.path }, {});
      await ask();
      const path = mirrors.path(key);
      writeFileSync(join(path, 'refs', 'heads', 'main'), `${'7'.repeat(40)}\n`);
      return { ask, path, tip };
    }

    it('makes it anew and leaves nothing beside it', async () => {
      const { ask, path, tip } = await damaged(createGit());

      await ask();

      expect(plainGit(path, ['rev-parse', 'refs/heads/main']).trim()).toBe(tip);
      expect([existsSync(`${path}.new`), existsSync(`${path}.old`)]).toEqual([false, false]);
    });

    it('keeps it for the runs that read it while no new one can be had', async () => {
      const real = createGit();
      let isAway = false;
      const git = Object.assign(
        async (...[args, options]: Parameters<Git>) => {
          if (!isAway || args[0] !== 'fetch' || !options.gitDir?.endsWith('.new')) return real(args, options);
          return { exitCode: 128, stdout: Buffer.of(), stderr: 'fatal: could not resolve host' };
        },
        { searchPath: real.searchPath },
      );
      const { ask, path, tip } = await damaged(git);
      isAway = true;

      await expect(ask()).rejects.toMatchObject({ code: 'repository-unreachable' });

      expect(plainGit(path, ['cat-file', '-t', tip]).trim()).toBe('commit');
      expect(existsSync(`${path}.new`)).toBe(false);
    });
  });
});
