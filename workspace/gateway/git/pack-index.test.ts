import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { setAlternate } from './checkpoints.ts';
import { createMirrors } from './mirror.ts';
import { indexPacks, wantsPackIndex } from './pack-index.ts';
import type { PackFile } from './pack-index.ts';
import { createGit } from './run-git.ts';
import { cloneRepository, makeFolder, makeRepository, plainGit } from './testing.ts';

const folder = makeFolder();
afterAll(() => folder.remove());

function packs(count: number, sizeBytes: number, changedMs: number): PackFile[] {
  return Array.from({ length: count }, (_, at) => ({ name: `pack-${changedMs}${at}.idx`, sizeBytes, changedMs }));
}

describe('wantsPackIndex', () => {
  const whole = { name: 'multi-pack-index', sizeBytes: 1, changedMs: 5 };
  it.each([
    ['a small repository', packs(30, 1_000, 1), false],
    ['a large one without an index', packs(1, 1_000_000, 1), true],
    ['a large one that has it', [...packs(1, 1_000_000, 1), whole], false],
    ['one to which a few packs came since', [...packs(1, 1_000_000, 1), whole, ...packs(20, 2_000, 9)], false],
    ['one to which many packs came since', [...packs(1, 1_000_000, 1), whole, ...packs(21, 2_000, 9)], true],
    ['packs without indexes', [{ name: 'pack-1.pack', sizeBytes: 9_000_000, changedMs: 1 }], false],
  ])('%s', (_what, files, wanted) => {
    expect(wantsPackIndex(files)).toBe(wanted);
  });
});

describe('indexPacks', () => {
  it('leaves a mirror from which a run clones as before, with what came after the index too', async () => {
    const source = makeRepository(join(folder.path, 'source'));
    source.commit('one', { 'a.txt': 'a\n' });
    const git = createGit();
    const mirrors = createMirrors({
      git,
      mirrorsDir: join(folder.path, 'mirrors'),
      locksDir: null,
      allowPaths: true,
      fetchTimeoutMs: 60_000,
    });
    const key = { tenantId: 't', projectId: 'p' };
    await mirrors.fetch(key, { kind: 'git', url: source.path }, {});
    const mirror = mirrors.path(key);
    plainGit(mirror, ['repack', '--quiet', '-a', '-d']);

    await indexPacks(git, mirror, () => true);
    const tip = source.commit('two', { 'b.txt': 'b\n' });
    await mirrors.fetch(key, { kind: 'git', url: source.path }, {});
    const run = join(folder.path, 'run.git');
    plainGit(folder.path, ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', run]);
    await setAlternate(run, mirror);
    plainGit(run, ['update-ref', 'refs/heads/main', tip]);
    const clone = cloneRepository(`file://${run}`, join(folder.path, 'clone'));

    expect(readdirSync(join(mirror, 'objects', 'pack')).some((name) => /^multi-pack-index-.*\.bitmap$/.test(name))).toBe(true);
    expect(clone.git('log', '--format=%s')).toBe('two\none');
    expect(clone.git('fsck', '--full')).toBe('');
  });
});
