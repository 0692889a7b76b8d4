import { describe, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runRepositoryPath } from '../names.ts';
import { cloneRepository, plainGit } from '../testing.ts';
import type { GitServiceHarness } from './harness.ts';

/** Diffs, patches and files of a checkpoint. */
export function describeDiff(h: GitServiceHarness): void {
  describe('diff', () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 12345\n`;

    it('names every kind of change', async () => {
      const final = await h.turn(
        'run1',
        {
          'gone.txt': 'gone\n',
          'old name.txt': 'a\nb\nc\nd\ne\nf\n',
          'mode.sh': 'echo\n',
          'image.bin': new Uint8Array([0, 1, 2]),
          link: { link: 'a' },
          'turns.txt': 'text\n',
          'big.psd': pointer,
        },
        {
          'gone.txt': null,
          'old name.txt': null,
          'new\nname ü.txt': 'a\nb\nc\nd\ne\nF\n',
          'mode.sh': { executable: 'echo\n' },
          'image.bin': new Uint8Array([0, 1, 2, 3]),
          link: { link: 'b' },
          'turns.txt': { link: 'elsewhere' },
          'big.psd': pointer.replace('12345', '54321'),
          '-leading.txt': 'x\n',
          '.codex/config.toml': 'model = "x"\n',
        },
      );

      const diff = await h.service.diff(h.locatorOf(final));
      const byPath = new Map(diff.files.map(({ path, ...file }) => [path, file]));

      expect(byPath.get('gone.txt')).toMatchObject({ status: 'deleted', kind: 'text', deletions: 1, newBlob: null });
      expect(byPath.get('new\nname ü.txt')).toMatchObject({ status: 'renamed', oldPath: 'old name.txt', insertions: 1, deletions: 1 });
      expect(byPath.get('mode.sh')).toMatchObject({ status: 'modified', oldMode: '100644', newMode: '100755', insertions: 0 });
      expect(byPath.get('image.bin')).toMatchObject({ status: 'modified', kind: 'binary', insertions: 0 });
      expect(byPath.get('link')).toMatchObject({ kind: 'symlink' });
      expect(byPath.get('turns.txt')).toMatchObject({ status: 'type-changed', kind: 'symlink' });
      expect(byPath.get('big.psd')).toMatchObject({ kind: 'lfs-pointer' });
      expect(byPath.get('-leading.txt')).toMatchObject({
        status: 'added',
        kind: 'text',
        insertions: 1,
        newBlob: '587be6b4c3f93f93c489c0111bba5596147a26cb',
      });
      expect(byPath.get('.codex/config.toml')).toMatchObject({ status: 'added' });
      expect(diff.stat.files).toBe(diff.files.length);
    });

    it('names a submodule entry that moved', async () => {
      h.source.commit('base', { 'a.txt': 'a\n' });
      h.source.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
      h.source.git('commit', '-qm', 'submodule');
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.git('update-index', '--cacheinfo', `160000,${'2'.repeat(40)},lib`);
      workspace.git('commit', '-qm', 'move');

      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      const diff = await h.service.diff(h.locatorOf(final));

      expect(diff.files).toMatchObject([{ path: 'lib', kind: 'submodule', status: 'modified' }]);
    });

    it('shows what the attributes of the repository would hide', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n', '.gitattributes': '*.txt binary\n* -diff\n' }, { 'a.txt': 'b\n' });

      const diff = await h.service.diff(h.locatorOf(final));
      const patch = await h.service.patch(h.locatorOf(final));

      expect(diff.files).toMatchObject([{ path: 'a.txt', kind: 'text', insertions: 1 }]);
      expect(patch).toContain('-a\n+b\n');
    });

    it('compares with the merge base, not with what the branch became', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'b.txt': 'b\n' });
      h.source.commit('meanwhile', { 'c.txt': 'c\n' });
      const later = (await h.prepare('run2')).baseCommit;

      const diff = await h.service.diff({ ...h.locatorOf(final), baseCommit: later });

      expect(diff.files.map((file) => file.path)).toEqual(['b.txt']);
    });

    it('gives a patch that makes the same tree, for text that is not UTF-8 too', async () => {
      const final = await h.turn(
        'run1',
        {
          'latin.txt': Buffer.from('caf\u00e9\n', 'latin1'),
          'one.txt': 'one\n',
          'type.txt': Buffer.from([0xe9, 0x0a]),
          'b.bin': new Uint8Array([0, 1]),
        },
        {
          'latin.txt': Buffer.from('caf\u00e9!\n', 'latin1'),
          'one.txt': 'two',
          'type.txt': { link: 'x' },
          'b.bin': null,
          'sp ace/ü': 'x\n',
        },
      );

      const patch = await h.service.patch(h.locatorOf(final));
      const checkout = cloneRepository(h.source.path, join(h.folder.path, 'apply'));
      plainGit(checkout.path, ['apply', '--index', '-'], { input: patch });

      const tree = plainGit(runRepositoryPath(h.setup.runsDir, 'run1'), ['rev-parse', `${final.commit}^{tree}`]).trim();
      expect(checkout.git('write-tree')).toBe(tree);
      expect(patch).toContain('-one\n+two\n');
    });

    it('limits a patch to one file, by its literal name', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n', '*.txt': 'star\n' });

      const patch = await h.service.patch({ ...h.locatorOf(final), path: '*.txt' });
      const none = await h.service.patch({ ...h.locatorOf(final), path: 'other' });

      expect(patch).toContain('+star');
      expect(patch).not.toContain('a.txt');
      expect(none).toBe('');
    });

    it('works at a gateway that never saw the run', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      await h.service.dropRun('run1');
      rmSync(h.setup.mirrorsDir, { recursive: true });

      const [diff, patch, file] = await Promise.all([
        h.service.diff(h.locatorOf(final)),
        h.service.patch(h.locatorOf(final)),
        h.service.file({ ...h.locatorOf(final), path: 'a.txt' }),
      ]);

      expect(diff.files).toHaveLength(1);
      expect(patch).toContain('+b');
      expect(file && Buffer.from(file).toString()).toBe('b\n');
    });

    it('compares two checkpoints as they are, also at a gateway that saw neither', async () => {
      const first = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n', 'only-first.txt': 'x\n' });
      await h.prepare('run2');
      const workspace = h.workspaceOf('run2');
      workspace.commit('other work', { 'a.txt': 'c\n' });
      const second = await h.finalise('run2', first.baseCommit, h.pushTurn(workspace));
      rmSync(h.setup.mirrorsDir, { recursive: true });
      const { baseCommit, commit, bundleArtifactId } = h.locatorOf(first);
      const against = { baseCommit, commit, bundleArtifactId };

      const diff = await h.service.diff({ ...h.locatorOf(second), against });
      const patch = await h.service.patch({ ...h.locatorOf(second), against, path: 'a.txt' });
      const same = await h.service.diff({ ...h.locatorOf(first), against });

      expect(diff).toMatchObject({ baseCommit: first.commit, commit: second.commit });
      expect(diff.files.map(({ path, status }) => [path, status])).toEqual([
        ['a.txt', 'modified'],
        ['only-first.txt', 'deleted'],
      ]);
      expect(patch).toContain('-b\n+c\n');
      expect(patch).not.toContain('only-first');
      expect(same.files).toEqual([]);
    });

    it('keeps tenants apart', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });

      const code = await h.codeOf(h.service.diff({ ...h.locatorOf(final), tenantId: 'other' }));

      expect(code).toBe('bundle-missing');
    });
  });

  describe('file', () => {
    it('gives bytes, a link its target, and null for what is no file', async () => {
      const bytes = new Uint8Array([0, 255, 10, 13]);
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'dir/x.bin': bytes, link: { link: 'dir/x.bin' } });

      const read = (path: string) => h.service.file({ ...h.locatorOf(final), path });

      expect(await read('dir/x.bin')).toEqual(bytes);
      expect(Buffer.from((await read('link')) ?? []).toString()).toBe('dir/x.bin');
      expect(await read('dir')).toBeNull();
      expect(await read('nope')).toBeNull();
      expect(await h.codeOf(read('/etc/passwd'))).toBe('invalid-input');
      expect(await read('../../etc/passwd')).toBeNull();
    });

    it('gives the file before the change too, a submodule never, and nothing over the limit', async () => {
      h.source.commit('base', { 'a.txt': 'before\n', 'gone.txt': 'gone\n' });
      h.source.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`);
      h.source.git('commit', '-qm', 'submodule');
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.write({ 'a.txt': 'after\n', 'gone.txt': null, 'new.txt': 'new\n' });
      workspace.git('add', '--all', 'a.txt', 'gone.txt', 'new.txt');
      workspace.git('commit', '-qm', 'change');
      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));

      const read = async (path: string, side: 'base' | 'head') => {
        const bytes = await h.service.file({ ...h.locatorOf(final), path, side });
        return bytes && Buffer.from(bytes).toString();
      };

      expect([await read('a.txt', 'base'), await read('a.txt', 'head')]).toEqual(['before\n', 'after\n']);
      expect([await read('gone.txt', 'base'), await read('gone.txt', 'head')]).toEqual(['gone\n', null]);
      expect([await read('new.txt', 'base'), await read('lib', 'head')]).toEqual([null, null]);
      expect(await h.codeOf(h.service.file({ ...h.locatorOf(final), path: 'a.txt', maxBytes: 5 }))).toBe('file-too-large');
      expect(await h.service.file({ ...h.locatorOf(final), path: 'a.txt', maxBytes: 6 })).not.toBeNull();
    });
  });
}
