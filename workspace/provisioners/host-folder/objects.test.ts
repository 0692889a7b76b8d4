import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../config/logger.ts';
import { makeFolder, makeRepository, plainGit } from '../../gateway/git/testing.ts';
import type { TestRepository } from '../../gateway/git/testing.ts';
import { folderPaths } from './layout.ts';
import { bringObjects } from './objects.ts';

const root = makeFolder();
const runsDir = join(root.path, 'runs');
const mirror = join(root.path, 'mirror.git');
const run = join(runsDir, 'r1.git');
const logger = createLogger('test', { silent: true });
const uid = process.getuid?.() ?? 0;

/** Brings the objects of a run into a new workspace; answers its git dir. */
async function bring(name: string, runId: string, owner: number | null): Promise<string> {
  const folder = join(root.path, name);
  const { gitDir } = folderPaths(folder);
  plainGit(root.path, ['init', '--quiet', '--bare', '--template=', gitDir]);
  await bringObjects({ runsDir, runId, folder, owner, logger });
  return gitDir;
}

const has = (gitDir: string, commit: string): boolean => {
  const answer = plainGit(gitDir, ['cat-file', '--batch-check'], { input: `${commit}\n` });
  return answer.startsWith(`${commit} commit`);
};

describe('bringObjects', () => {
  let source: TestRepository;
  let packed: string;
  let loose: string;
  let own: string;

  beforeAll(() => {
    source = makeRepository(join(root.path, 'source'));
    packed = source.commit('feat: packed', { 'a.txt': 'a\n' });
    plainGit(root.path, ['init', '--quiet', '--bare', '--template=', mirror]);
    const fetch = (into: string, commit: string, ...config: string[]) =>
      plainGit(into, [...config, 'fetch', '--quiet', source.path, `+${commit}:refs/heads/main`]);
    fetch(mirror, packed, '-c', 'fetch.unpackLimit=1');
    loose = source.commit('feat: loose', { 'b.txt': 'b\n' });
    fetch(mirror, loose);
    plainGit(root.path, ['init', '--quiet', '--bare', '--template=', run]);
    writeFileSync(join(run, 'objects', 'info', 'alternates'), `${join(mirror, 'objects')}\n`);
    own = source.commit('feat: checkpoint', { 'c.txt': 'c\n' });
    fetch(run, own);
  });

  afterAll(() => root.remove());

  it.each([
    ['links', uid],
    ['copies', null],
  ])('%s packs and loose objects of the run and of its mirror, whole', async (how, owner) => {
    const gitDir = await bring(how, 'r1', owner);

    expect([packed, loose, own].map((commit) => has(gitDir, commit))).toEqual([true, true, true]);
    expect(plainGit(gitDir, ['rev-list', '--objects', '--count', own]).trim()).toBe('9');
    const [pack = ''] = readdirSync(join(mirror, 'objects', 'pack')).filter((file) => file.endsWith('.pack'));
    const [ours, theirs] = [gitDir, mirror].map((dir) => statSync(join(dir, 'objects', 'pack', pack)).ino);
    expect(ours === theirs).toBe(owner !== null);
  });

  it('leaves a copy that outlives the mirror', async () => {
    const gone = join(runsDir, 'r2.git');
    plainGit(root.path, ['clone', '--quiet', '--bare', '--no-hardlinks', mirror, gone]);
    const gitDir = await bring('outlives', 'r2', uid);

    await rm(gone, { recursive: true });

    expect(has(gitDir, loose)).toBe(true);
  });

  it('takes nothing from another run, and nothing half written', async () => {
    const other = join(runsDir, 'r3.git');
    plainGit(root.path, ['init', '--quiet', '--bare', '--template=', other]);
    mkdirSync(join(other, 'objects', 'incoming-1'), { recursive: true });
    writeFileSync(join(other, 'objects', 'incoming-1', 'tmp_pack'), 'half');
    writeFileSync(join(other, 'objects', 'pack', `pack-${'0'.repeat(40)}.pack`), 'no index yet');

    const gitDir = await bring('other', 'r3', uid);

    expect(has(gitDir, loose)).toBe(false);
    expect(readdirSync(join(gitDir, 'objects')).sort()).toEqual(['info', 'pack']);
    expect(readdirSync(join(gitDir, 'objects', 'pack'))).toEqual([]);
  });

  it('brings nothing, and is no failure, where the run is not on this machine', async () => {
    const gitDir = await bring('elsewhere', 'r4', uid);
    await bringObjects({ runsDir: undefined, runId: 'r1', folder: join(root.path, 'elsewhere'), owner: uid, logger });

    expect(has(gitDir, packed)).toBe(false);
  });
});
