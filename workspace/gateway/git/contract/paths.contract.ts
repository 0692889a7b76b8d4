import { describe, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import { DomainError } from '../../../../workflows/contracts/errors.ts';
import { contractKey, type GitServiceHarness } from './harness.ts';

/** Completion of paths from the mirror. */
export function describePaths(h: GitServiceHarness): void {
  function complete(query: string, more: { branch?: string; limit?: number; projectId?: string } = {}) {
    return h.service.paths({ ...contractKey, source: h.repositorySource, branch: 'main', limit: 20, query, ...more });
  }

  /** A missing branch is looked for at most once a second. */
  function notYet(error: unknown): null {
    if (error instanceof DomainError && error.code === 'unknown-branch') return null;
    throw error;
  }

  describe('paths', () => {
    it('completes files and links of the branch, without submodules and names that are not text', async () => {
      h.source.write({ 'src/ünï code.ts': 'a', '-dash.ts': 'a', link: { link: 'src' } });
      h.source.git('add', '--all');
      h.source.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
      h.source.git('commit', '-qm', 'base');

      const all = await complete('');
      const some = await complete('CODE');

      expect(all).toEqual({ items: ['link', '-dash.ts', 'src/ünï code.ts'], more: false });
      expect(some.items).toEqual(['src/ünï code.ts']);
    });

    it('answers of each branch its own, and soon one that came after the mirror was made', async () => {
      h.source.commit('base', { 'a.ts': 'a' });
      expect((await complete('')).items).toEqual(['a.ts']);
      h.source.git('switch', '--quiet', '--create', 'next');
      h.source.commit('next', { 'b.ts': 'b' });

      let next = await complete('', { branch: 'next' }).catch(notYet);
      while (next === null) next = await complete('', { branch: 'next' }).catch(notYet);

      expect(next.items).toEqual(['a.ts', 'b.ts']);
      expect((await complete('b')).items).toEqual([]);
    });

    it('says when there is more than was asked for', async () => {
      h.source.commit('base', { 'a1.ts': 'a', 'a2.ts': 'a', 'a3.ts': 'a' });

      expect(await complete('a', { limit: 2 })).toEqual({ items: ['a1.ts', 'a2.ts'], more: true });
      expect(await complete('a', { limit: 3 })).toMatchObject({ more: false });
    });

    it('goes on with the mirror while the source is away', async () => {
      h.source.commit('base', { 'a.ts': 'a' });
      await complete('a');
      rmSync(h.source.path, { recursive: true });

      expect((await complete('a')).items).toEqual(['a.ts']);
      expect(await h.codeOf(complete('a', { projectId: 'p2' }))).toBe('repository-unreachable');
    });

    it.each([
      ['nope', 'unknown-branch'],
      ['../../etc', 'invalid-input'],
      ['--all', 'invalid-input'],
    ])('refuses the branch %j', async (branch, code) => {
      h.source.commit('base', { 'a.ts': 'a' });

      expect(await h.codeOf(complete('', { branch }))).toBe(code);
    });
  });
}
