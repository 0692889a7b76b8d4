import { describe, expect, it } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FinalisedCommit } from '../port.ts';
import { cloneRepository, plainGit, plainGitBytes, testAtMs, testIdentity } from '../testing.ts';
import type { FileChange } from '../testing.ts';
import { contractKey, makeHooks } from './harness.ts';
import type { GitServiceHarness } from './harness.ts';

/** Publishing, merging, and what people see of the commands. */
export function describePublish(h: GitServiceHarness): void {
  describe('publish', () => {
    it('pushes exactly the commit, once, and moves it on by its lease', async () => {
      const first = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      const publish = (final: FinalisedCommit, expected: string | null) =>
        h.service.publish({ ...h.locatorOf(final), source: h.repositorySource, branch: 'astraforge/x', expected });

      await publish(first, null);
      await publish(first, null);
      const from = { bundleArtifactId: first.bundleArtifactId ?? '', commit: first.commit, baseCommit: first.baseCommit };
      await h.prepare('run2', from);
      const workspace = h.workspaceOf('run2');
      workspace.commit('astraforge: work tree', { 'a.txt': 'c\n' });
      const second = await h.finalise('run2', first.baseCommit, h.pushTurn(workspace), { message: 'More' });
      await publish(second, first.commit);

      expect(h.source.git('rev-parse', 'astraforge/x')).toBe(second.commit);
    });

    it('refuses when somebody else moved the branch, also when it should not exist', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      h.source.git('branch', 'astraforge/x');
      const input = { ...h.locatorOf(final), source: h.repositorySource, branch: 'astraforge/x' };

      const created = h.service.publish({ ...input, expected: null });
      await expect(created).rejects.toMatchObject({ code: 'remote-moved', details: { actual: final.baseCommit } });
      const moved = await h.codeOf(h.service.publish({ ...input, expected: '1'.repeat(40) }));

      expect(moved).toBe('remote-moved');
      expect(h.source.git('rev-parse', 'astraforge/x')).toBe(final.baseCommit);
    });

    it('names a branch that is checked out at the other end, a bad branch name, and a folder', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      const input = { ...h.locatorOf(final), source: h.repositorySource };

      const checkedOut = await h.codeOf(h.service.publish({ ...input, branch: 'main', expected: final.baseCommit }));
      const bad = await h.codeOf(h.service.publish({ ...input, branch: '../main', expected: null }));
      const plain = await h.codeOf(
        h.service.publish({ ...input, source: { kind: 'folder', url: h.folder.path }, branch: 'astraforge/x', expected: null }),
      );

      expect([checkedOut, bad, plain]).toEqual(['push-rejected', 'invalid-input', 'not-publishable']);
    });
  });

  describe('mergeLocal', () => {
    async function published(change: Record<string, FileChange>): Promise<{ bare: string; final: FinalisedCommit }> {
      h.source.commit('base', { 'a.txt': 'a\n', 'other.txt': 'o\n' });
      const bare = join(h.folder.path, 'forge.git');
      plainGit(h.folder.path, ['clone', '-q', '--bare', h.source.path, bare]);
      h.repositorySource = { kind: 'git', url: bare };
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.commit('astraforge: work tree', change);
      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      await h.service.publish({ ...h.locatorOf(final), source: h.repositorySource, branch: 'astraforge/x', expected: null });
      return { bare, final };
    }

    function merge(repositoryPath: string, commit: string) {
      return h.service.mergeLocal({
        repositoryPath,
        commit,
        targetBranch: 'main',
        message: 'Merge the thing',
        identity: { ...testIdentity, coAuthors: [] },
        atMs: testAtMs,
      });
    }

    it('merges once, running no driver or hook of the repository', async () => {
      const { bare, final } = await published({ 'a.txt': 'b\n' });
      const trap = join(h.folder.path, 'trapped');
      plainGit(bare, ['config', 'merge.evil.driver', `touch ${trap}`]);
      plainGit(bare, ['config', 'merge.default', 'evil']);
      makeHooks(bare, { executable: `#!/bin/sh\ntouch ${trap}\n` }, null);
      writeFileSync(join(bare, 'info', 'attributes'), '* merge=evil\n');
      const person = cloneRepository(bare, join(h.folder.path, 'person'));
      person.commit('meanwhile', { 'other.txt': 'p\n' });
      person.git('push', '-q', 'origin', 'HEAD:main');
      rmSync(trap, { force: true });

      const first = await merge(bare, final.commit);
      const again = await merge(bare, final.commit);

      expect(again).toEqual(first);
      expect(plainGit(bare, ['rev-parse', 'main']).trim()).toBe(first.mergeCommit);
      expect(plainGit(bare, ['log', '-1', '--format=%P|%s', 'main']).trim()).toBe(`${person.head()} ${final.commit}|Merge the thing`);
      expect(plainGitBytes(bare, ['ls-tree', '--name-only', 'main']).toString()).toBe('a.txt\nother.txt\n');
      expect(() => readFileSync(trap)).toThrow('ENOENT');
    });

    it('still names its merge after the branch went on', async () => {
      const { bare, final } = await published({ 'a.txt': 'b\n' });
      const first = await merge(bare, final.commit);
      const person = cloneRepository(bare, join(h.folder.path, 'person'));
      person.commit('later', { 'other.txt': 'p\n' });
      person.git('push', '-q', 'origin', 'HEAD:main');

      const again = await merge(bare, final.commit);

      expect(again).toEqual(first);
    });

    it('names the files of a conflict and leaves the branch alone', async () => {
      const { bare, final } = await published({ 'a.txt': 'b\n' });
      const person = cloneRepository(bare, join(h.folder.path, 'person'));
      person.commit('meanwhile', { 'a.txt': 'c\n' });
      person.git('push', '-q', 'origin', 'HEAD:main');

      const work = merge(bare, final.commit);

      await expect(work).rejects.toMatchObject({ code: 'merge-conflict', kind: 'permanent', details: { files: ['a.txt'] } });
      expect(plainGit(bare, ['rev-parse', 'main']).trim()).toBe(person.head());
    });

    it('refuses a branch that is checked out, until a person merged it there', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      await h.service.publish({ ...h.locatorOf(final), source: h.repositorySource, branch: 'astraforge/x', expected: null });

      const refused = await h.codeOf(merge(h.source.path, final.commit));
      h.source.git('merge', '-q', 'astraforge/x');
      const merged = await merge(h.source.path, final.commit);

      expect(refused).toBe('target-checked-out');
      expect(merged.mergeCommit).toBe(final.commit);
    });

    it('refuses what it cannot merge: no repository, no branch, no commit', async () => {
      const { bare, final } = await published({ 'a.txt': 'b\n' });
      const input = { commit: final.commit, message: 'm', identity: testIdentity, atMs: testAtMs };

      const codes = await Promise.all([
        h.codeOf(h.service.mergeLocal({ ...input, repositoryPath: h.folder.path, targetBranch: 'main' })),
        h.codeOf(h.service.mergeLocal({ ...input, repositoryPath: bare, targetBranch: 'nope' })),
        h.codeOf(h.service.mergeLocal({ ...input, repositoryPath: bare, targetBranch: 'main', commit: 'f'.repeat(40) })),
      ]);

      expect(codes).toEqual(['repository-unreachable', 'unknown-branch', 'unknown-commit']);
    });
  });

  describe('what people see of the commands', () => {
    it('reports fetch and push with their run, without host paths', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      await h.service.publish({ ...h.locatorOf(final), source: h.repositorySource, branch: 'astraforge/x', expected: null });

      const seen = h.commands.map((command) => command.argv.join(' '));

      expect(h.commands.find((command) => command.argv[1] === 'fetch')?.scope).toEqual({ ...contractKey, runId: 'run1' });
      expect(seen.some((argv) => argv.startsWith('git push'))).toBe(true);
      expect(seen.filter((argv) => argv.includes(h.folder.path))).toEqual([]);
    });
  });
}
