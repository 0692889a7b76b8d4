import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { runRepositoryPath } from '../names.ts';
import { plainGit, testAtMs, testIdentity } from '../testing.ts';
import { contractKey } from './harness.ts';
import type { GitServiceHarness } from './harness.ts';

/** What becomes of a workspace's commits. */
export function describeFinalise(h: GitServiceHarness): void {
  describe('finalise', () => {
    it('gives the snapshot its message, author, committer, date and co-author, the same each time', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      const tip = plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), ['rev-parse', 'astraforge/turn']).trim();

      const again = await h.finalise('run1', final.baseCommit, tip);
      const shown = plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), ['log', '-1', '--format=%an|%ae|%cn|%ct|%B', final.commit]);

      expect(again).toEqual(final);
      expect(shown.trim()).toBe(
        'AstraForge|astraforge@localhost|AstraForge|1750000000|Do the thing\n\nCo-authored-by: Ada Lovelace <ada@example.org>',
      );
      expect(final).toMatchObject({ unchanged: false, stat: { files: 1, insertions: 1, deletions: 1 } });
    });

    it('gives the same commit at another gateway', async () => {
      const first = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      const tip = plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), ['rev-parse', 'astraforge/turn']).trim();
      await h.prepare('run2');
      plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), [
        'push',
        '-q',
        runRepositoryPath(h.setup.runsDir, 'run2'),
        `${tip}:refs/heads/astraforge/turn`,
      ]);

      const second = await h.finalise('run2', first.baseCommit, tip);

      expect(second.commit).toBe(first.commit);
    });

    it("keeps the agent's own commits with their messages and dates, under our identity", async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.write({ 'a.txt': 'b\n' });
      workspace.git('add', '.');
      plainGit(workspace.path, ['commit', '-qm', 'Own words\n\nWith a body.'], { env: { GIT_AUTHOR_DATE: '1600000000 +0200' } });
      workspace.commit('astraforge: work tree', { 'c.txt': 'c\n' });

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      const shown = plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), [
        'log',
        '--reverse',
        '--format=%an|%ad|%s',
        '--date=raw',
        `${final.baseCommit}..${final.commit}`,
      ]);

      expect(shown.trim().split('\n')[0]).toBe('AstraForge|1600000000 +0200|Own words');
      expect(shown.trim().split('\n')[1]).toMatch(/^AstraForge\|.*\|Do the thing$/);
    });

    it('adds no empty commit when the agent committed everything itself', async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.commit('Own words', { 'a.txt': 'b\n' });
      workspace.commit('astraforge: work tree');

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      const count = plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), ['rev-list', '--count', `${final.baseCommit}..${final.commit}`]);

      expect(count.trim()).toBe('1');
    });

    it('says unchanged when nothing was done, without a bundle', async () => {
      const tip = h.source.commit('base', { 'a.txt': 'a\n' });
      await h.prepare('run1');

      const final = await h.finalise('run1', tip, tip);

      expect(final).toEqual({
        commit: tip,
        baseCommit: tip,
        unchanged: true,
        stat: { files: 0, insertions: 0, deletions: 0 },
        bundleArtifactId: null,
      });
    });

    it('says unchanged when the work ends where it began', async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.commit('there', { 'a.txt': 'b\n' });
      workspace.commit('and back', { 'a.txt': 'a\n' });

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));

      expect(final.unchanged).toBe(true);
    });

    it('leaves finalised commits as they are in a later run', async () => {
      const first = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      const from = { bundleArtifactId: first.bundleArtifactId ?? '', commit: first.commit, baseCommit: first.baseCommit };
      await h.prepare('run2', from);
      const workspace = h.workspaceOf('run2');
      const saved = workspace.commit('astraforge: work tree', { 'b.txt': 'half\n' });
      workspace.git('push', '-q', 'origin', 'HEAD:refs/heads/astraforge/save');
      const save = await h.service.save({ ...contractKey, runId: 'run2', baseCommit: first.baseCommit, commit: saved });
      await h.service.dropRun('run2');
      await h.prepare('run2', { bundleArtifactId: save.bundleArtifactId, commit: saved, baseCommit: first.baseCommit });
      const resumed = h.workspaceOf('run2');
      resumed.commit('astraforge: work tree', { 'b.txt': 'whole\n' });

      const second = await h.finalise('run2', first.baseCommit, h.pushTurn(resumed), { message: 'More', atMs: testAtMs + 60_000 });
      const line = plainGit(runRepositoryPath(h.setup.runsDir, 'run2'), ['log', '--format=%H %s', `${first.baseCommit}..${second.commit}`]);

      expect(line.trim().split('\n')).toEqual([`${second.commit} More`, `${first.commit} Do the thing`]);
    });

    it('makes one commit of a history that does not stand on the base', async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.git('checkout', '-q', '--orphan', 'fresh');
      workspace.commit('rewritten', { 'a.txt': 'z\n' });

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      const diff = await h.service.diff(h.locatorOf(final));

      expect(diff).toMatchObject({ baseCommit: prepared.baseCommit, files: [{ path: 'a.txt', status: 'modified' }] });
    });

    it('keeps a merge that the agent made', async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.git('checkout', '-qb', 'side');
      workspace.commit('side', { 'side.txt': 's\n' });
      workspace.git('checkout', '-q', '-');
      workspace.commit('line', { 'line.txt': 'l\n' });
      workspace.git('merge', '-q', '--no-ff', '-m', 'join', 'side');

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      const bare = runRepositoryPath(h.setup.runsDir, 'run1');

      expect(plainGit(bare, ['log', '-1', '--format=%P', final.commit]).trim().split(' ')).toHaveLength(2);
      expect(final.stat.files).toBe(2);
    });

    it('signs off, and takes no header from a hostile name', async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.commit('astraforge: work tree', { 'a.txt': 'b\n' });
      const coAuthors = [{ name: 'Eve\nSigned-off-by: Boss <boss@example.org>', email: 'eve@example.org>' }];

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace), {
        identity: { ...testIdentity, coAuthors, signOff: true },
      });
      const trailers = plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), ['log', '-1', '--format=%(trailers:only)', final.commit]);

      expect(trailers.trim().split('\n')).toEqual([
        'Co-authored-by: Eve Signed-off-by: Boss  boss@example.org <eve@example.org>',
        'Signed-off-by: AstraForge <astraforge@localhost>',
      ]);
    });

    it('refuses what is too large to keep, and keeps the change once that is taken out', async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      const before = workspace.head();
      workspace.commit('astraforge: work tree', { 'a.txt': 'b\n', 'big.bin': randomBytes(50_000) });
      const large = h.pushTurn(workspace);
      h.setup.artifacts.capBytes = 20_000;
      const ofSave = await h.codeOf(h.service.save({ ...contractKey, runId: 'run1', baseCommit: prepared.baseCommit, commit: large }));
      const ofTurn = await h.codeOf(h.finalise('run1', prepared.baseCommit, large));
      workspace.git('reset', '--quiet', '--soft', before);
      workspace.commit('astraforge: work tree', { 'big.bin': null });

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));

      expect([ofSave, ofTurn]).toEqual(['artifact-too-large', 'artifact-too-large']);
      expect(final.stat.files).toBe(1);
    });

    it('refuses a commit that never reached the run, and a run that is not here', async () => {
      const tip = h.source.commit('base', { 'a.txt': 'a\n' });
      await h.prepare('run1');

      const codes = await Promise.all([
        h.codeOf(h.finalise('run1', tip, 'f'.repeat(40))),
        h.codeOf(h.finalise('run9', tip, tip)),
        h.codeOf(h.finalise('../run1', tip, tip)),
        h.codeOf(h.finalise('run1', tip, '--all')),
      ]);

      expect(codes).toEqual(['unknown-commit', 'run-missing', 'invalid-input', 'invalid-input']);
    });
  });
}
