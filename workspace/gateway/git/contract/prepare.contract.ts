import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir, runRepositoryPath } from '../names.ts';
import { cloneRepository, makeRepository, plainGit } from '../testing.ts';
import { contractKey, makeHooks } from './harness.ts';
import type { GitServiceHarness } from './harness.ts';

/** Inspecting a source, preparing runs from repositories and folders. */
export function describePrepare(h: GitServiceHarness): void {
  describe('inspect', () => {
    it('answers the default branch and heads of a repository', async () => {
      h.source.commit('one', { 'a.txt': 'a\n' });
      h.source.git('branch', 'feature/x');

      const found = await h.service.inspect(h.repositorySource);

      expect(found.defaultBranch).toBe('main');
      expect(found.branches.toSorted()).toEqual(['feature/x', 'main']);
    });

    it.each([
      ['an empty repository', () => ({ kind: 'git' as const, url: h.source.path }), 'empty-repository'],
      ['a path without a repository', () => ({ kind: 'git' as const, url: join(h.folder.path, 'nowhere') }), 'repository-unreachable'],
      ['a folder that is not there', () => ({ kind: 'folder' as const, url: join(h.folder.path, 'nowhere') }), 'repository-unreachable'],
      ['a host that does not answer', () => ({ kind: 'git' as const, url: 'http://127.0.0.1:9/x.git' }), 'repository-unreachable'],
      ['an ssh address', () => ({ kind: 'git' as const, url: 'git@example.org:x/y.git' }), 'unsupported-url'],
      ['a remote helper', () => ({ kind: 'git' as const, url: 'ext::sh -c id' }), 'unsupported-url'],
      ['an option for an address', () => ({ kind: 'git' as const, url: '--upload-pack=id' }), 'unsupported-url'],
      ['credentials in the address', () => ({ kind: 'git' as const, url: 'https://u:p@example.org/x.git' }), 'credentials-in-url'],
    ])('refuses %s', async (_what, makeSource, code) => {
      const refused = await h.codeOf(h.service.inspect(makeSource()));

      expect(refused).toBe(code);
    });
  });

  describe('prepareRun', () => {
    it('gives the tip of the base branch and the project file', async () => {
      const tip = h.source.commit('one', { 'a.txt': 'a\n', '.astraforge.yml': 'checks: []\n' });

      const prepared = await h.prepare('run1');

      expect(prepared).toEqual({ baseCommit: tip, startCommit: tip, ref: 'refs/heads/astraforge/start', projectFile: 'checks: []\n' });
      expect(readFileSync(join(h.workspaceOf('run1').path, 'a.txt'), 'utf8')).toBe('a\n');
    });

    it('tells what decides about a setup in a commit of the run, and nothing where no lock file does', async () => {
      const none = h.source.commit('none', { 'package.json': '{}' });
      const first = h.source.commit('first', { 'web/yarn.lock': '1' });
      const source = h.source.commit('source', { 'a.ts': '1' });
      const second = h.source.commit('second', { 'web/yarn.lock': '2' });
      await h.prepare('run1');
      const read = (commit: string) => h.service.setupInputs({ ...contractKey, runId: 'run1', commit, setup: 'yarn' });

      const [ofNone, ofFirst, ofSource, ofSecond] = await Promise.all([none, first, source, second].map(read));

      expect(ofNone).toBeNull();
      expect(ofFirst).toMatch(/^[0-9a-f]{64}$/);
      expect(ofSource).toBe(ofFirst);
      expect(ofSecond).not.toBe(ofFirst);
    });

    it('takes every file for one that decides about a setup where a package has a script that installers run', async () => {
      const files = { 'package-lock.json': '1', 'app/package.json': '{"scripts":{"postinstall" : "node tools/make.js"}}' };
      const first = h.source.commit('first', { ...files, 'tools/make.js': '1' });
      const second = h.source.commit('second', { ...files, 'tools/make.js': '2' });
      await h.prepare('run1');

      const [ofFirst, ofSecond] = await Promise.all(
        [first, second].map((commit) => h.service.setupInputs({ ...contractKey, runId: 'run1', commit, setup: 'npm ci' })),
      );

      expect(ofFirst).toMatch(/^[0-9a-f]{64}$/);
      expect(ofSecond).not.toBe(ofFirst);
    });

    it('reads the project file of a branch as it is now', async () => {
      h.source.commit('one', { '.astraforge.yml': 'checks: []\n' });
      const read = (branch: string) => h.service.projectFile?.({ ...contractKey, source: h.repositorySource, branch });
      const first = await read('main');
      h.source.commit('two', { '.astraforge.yml': { link: '/etc/passwd' } });

      const second = await read('main');

      expect(first).toBe('checks: []\n');
      expect(second).toBeNull();
      expect(await h.codeOf(Promise.resolve(read('nope')))).toBe('unknown-branch');
    });

    it('reads the tip of a branch and its project file as they are now', async () => {
      const read = () => h.service.branchTip({ ...contractKey, source: h.repositorySource, branch: 'main' });
      h.source.commit('one', { '.astraforge.yml': 'checks: []\n' });
      await read();
      const tip = h.source.commit('two', { '.astraforge.yml': 'setup: npm ci\n' });

      expect(await read()).toEqual({ baseCommit: tip, projectFile: 'setup: npm ci\n' });
    });

    it('names the branches there are when the base branch is missing', async () => {
      h.source.commit('one', { 'a.txt': 'a\n' });

      const work = h.service.prepareRun({ ...contractKey, runId: 'run1', source: h.repositorySource, baseBranch: 'nope', from: null });

      await expect(work).rejects.toMatchObject({ code: 'unknown-branch', kind: 'permanent', details: { branches: ['main'] } });
    });

    it('refuses a repository without a commit', async () => {
      expect(await h.codeOf(h.prepare('run1'))).toBe('empty-repository');
    });

    it('keeps the base of a run whatever its branch does between two calls', async () => {
      const first = h.source.commit('one', { 'a.txt': 'a\n' });
      await h.prepare('run1');
      h.source.commit('two', { 'a.txt': 'b\n' });

      const again = await h.prepare('run1');
      const other = await h.prepare('run2');

      expect(again.baseCommit).toBe(first);
      expect(other.baseCommit).toBe(h.source.head());
    });

    it('serves three runs of a project at once', async () => {
      const tip = h.source.commit('one', { 'a.txt': 'a\n' });

      const prepared = await Promise.all(['run1', 'run2', 'run3'].map((runId) => h.prepare(runId)));

      expect(prepared.map((run) => run.baseCommit)).toEqual([tip, tip, tip]);
    });

    it('works after its mirror was deleted between two runs, for the old run too', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      rmSync(h.setup.mirrorsDir, { recursive: true });

      const second = await h.prepare('run2');
      const again = await h.prepare('run1');
      const diff = await h.service.diff(h.locatorOf(final));

      expect(second.baseCommit).toBe(final.baseCommit);
      expect(again.baseCommit).toBe(final.baseCommit);
      expect(diff.files.map((file) => file.path)).toEqual(['a.txt']);
    });

    it('mends a mirror whose files are damaged', async () => {
      h.source.commit('one', { 'a.txt': 'a\n' });
      await h.prepare('run1');
      const mirror = join(projectDir(h.setup.mirrorsDir, contractKey), 'mirror.git');
      writeFileSync(join(mirror, 'refs', 'heads', 'main.lock'), '');
      const tip = h.source.commit('two', { 'a.txt': 'b\n' });

      const prepared = await h.prepare('run2');

      expect(prepared.baseCommit).toBe(tip);
    });

    it('runs nothing of the source: no hook, no configured program', async () => {
      h.source.commit('one', { 'a.txt': 'a\n', '.gitattributes': '* filter=evil diff=evil merge=evil\n' });
      const trap = join(h.folder.path, 'trapped');
      for (const setting of ['filter.evil.smudge', 'filter.evil.clean', 'filter.evil.process', 'diff.evil.textconv', 'diff.evil.command']) {
        h.source.git('config', setting, `touch ${trap}; cat`);
      }
      h.source.git('config', 'uploadpack.packObjectsHook', `touch ${trap}; false`);
      h.source.git('config', 'core.fsmonitor', `touch ${trap}; false`);
      h.source.git('config', 'core.alternateRefsCommand', `touch ${trap}`);
      h.source.git('config', 'core.hooksPath', join(h.folder.path, 'hooks'));
      h.source.git('config', 'core.pager', `touch ${trap}`);
      const hook = { executable: `#!/bin/sh\ntouch ${trap}\n` };
      makeHooks(h.folder.path, hook, h.source);

      const prepared = await h.prepare('run1');
      const workspace = cloneRepository(runRepositoryPath(h.setup.runsDir, 'run1'), join(h.folder.path, 'hostile'));
      workspace.commit('astraforge: work tree', { 'b.txt': 'b\n' });
      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      await h.service.patch(h.locatorOf(final));
      await h.service.publish({ ...h.locatorOf(final), source: h.repositorySource, branch: 'astraforge/x', expected: null });

      expect(h.source.git('rev-parse', 'astraforge/x')).toBe(final.commit);
      expect(() => readFileSync(trap)).toThrow('ENOENT');
    });

    it('resumes a save in another attempt, at a gateway that has nothing of the run', async () => {
      h.source.commit('one', { 'a.txt': 'a\n' });
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      const saved = workspace.commit('astraforge: work tree', { 'b.txt': 'half\n' });
      workspace.git('push', '--quiet', 'origin', 'HEAD:refs/heads/astraforge/save');
      const { bundleArtifactId } = await h.service.save({ ...contractKey, runId: 'run1', baseCommit: prepared.baseCommit, commit: saved });
      await h.service.dropRun('run1');
      rmSync(h.setup.mirrorsDir, { recursive: true });

      const resumed = await h.prepare('run1', { bundleArtifactId, commit: saved, baseCommit: prepared.baseCommit });

      expect(resumed).toMatchObject({ baseCommit: prepared.baseCommit, startCommit: saved });
      expect(readFileSync(join(h.workspaceOf('run1').path, 'b.txt'), 'utf8')).toBe('half\n');
    });

    it('saves a turn that changed nothing so far', async () => {
      const tip = h.source.commit('one', { 'a.txt': 'a\n' });
      await h.prepare('run1');

      const { bundleArtifactId } = await h.service.save({ ...contractKey, runId: 'run1', baseCommit: tip, commit: tip });
      const resumed = await h.prepare('run1', { bundleArtifactId, commit: tip, baseCommit: tip });

      expect(resumed.startCommit).toBe(tip);
    });

    it.each([
      ['cut short', (bytes: Uint8Array) => bytes.slice(0, bytes.length - 30)],
      ['with a flipped byte', (bytes: Uint8Array) => bytes.map((byte, index) => (index === bytes.length - 40 ? byte ^ 0xff : byte))],
      ['empty', () => new Uint8Array()],
    ])('refuses a bundle that is %s', async (_what, damage) => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n'.repeat(100) });
      const bundleArtifactId = final.bundleArtifactId ?? '';
      h.setup.artifacts.damage(bundleArtifactId, damage);

      const code = await h.codeOf(h.prepare('run2', { bundleArtifactId, commit: final.commit, baseCommit: final.baseCommit }));

      expect(code).toBe('bundle-broken');
    });

    it('refuses a bundle that is gone or of another commit', async () => {
      const final = await h.turn('run1', { 'a.txt': 'a\n' }, { 'a.txt': 'b\n' });
      const { baseCommit } = final;

      const gone = await h.codeOf(h.prepare('run2', { bundleArtifactId: 'default-none', commit: final.commit, baseCommit }));
      const other = await h.codeOf(
        h.prepare('run3', { bundleArtifactId: final.bundleArtifactId ?? '', commit: 'f'.repeat(40), baseCommit }),
      );

      expect([gone, other]).toEqual(['bundle-missing', 'bundle-broken']);
    });
  });

  describe('a folder without git', () => {
    it('becomes the same one commit each time, without what .gitignore names', async () => {
      const path = join(h.folder.path, 'plain');
      const plain = makeRepository(path);
      plain.write({ 'a.txt': 'a\r\n', 'dist/x': 'built', '.gitignore': 'dist/\n', '.gitattributes': '* text=auto\n' });
      plain.write({ '.git': null });
      h.repositorySource = { kind: 'folder', url: path };

      const first = await h.prepare('run1');
      rmSync(h.setup.mirrorsDir, { recursive: true });
      const second = await h.prepare('run2');
      const bare = runRepositoryPath(h.setup.runsDir, 'run2');

      expect(second.baseCommit).toBe(first.baseCommit);
      expect(plainGit(bare, ['ls-tree', '-r', '--name-only', first.baseCommit]).trim().split('\n')).toEqual([
        '.gitattributes',
        '.gitignore',
        'a.txt',
      ]);
      expect(plainGit(bare, ['show', `${first.baseCommit}:a.txt`])).toBe('a\r\n');
      expect(readdirSync(path).toSorted()).toEqual(['.gitattributes', '.gitignore', 'a.txt', 'dist']);
    });

    it('names nested repositories and leaves them out', async () => {
      const path = join(h.folder.path, 'plain');
      makeRepository(join(path, 'empty nested'));
      makeRepository(join(path, 'nested')).commit('inner', { 'x.txt': 'x\n' });
      writeFileSync(join(path, 'a.txt'), 'a\n');
      h.repositorySource = { kind: 'folder', url: path };

      const prepared = await h.prepare('run1');
      const bare = runRepositoryPath(h.setup.runsDir, 'run1');

      expect(prepared.warnings?.toSorted()).toEqual(['nested repository left out: empty nested', 'nested repository left out: nested']);
      expect(plainGit(bare, ['ls-tree', '-r', '--name-only', prepared.baseCommit]).trim()).toBe('a.txt');
    });

    it('keeps its diff when the folder and the mirror are gone', async () => {
      const path = join(h.folder.path, 'plain');
      makeRepository(path).write({ 'a.txt': 'a\n', '.git': null });
      h.repositorySource = { kind: 'folder', url: path };
      const prepared = await h.prepare('run1');
      const workspace = h.workspaceOf('run1');
      workspace.commit('astraforge: work tree', { 'a.txt': 'b\n' });
      const final = await h.finalise('run1', prepared.baseCommit, h.pushTurn(workspace));
      rmSync(h.setup.mirrorsDir, { recursive: true });
      rmSync(path, { recursive: true });

      const patch = await h.service.patch(h.locatorOf(final));

      expect(patch).toContain('-a\n+b\n');
    });
  });
}
