import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeInside } from './write-inside.ts';

describe('a file that is written where an agent may have been', () => {
  let folder: string;
  let home: string;
  let outside: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'af-write-'));
    [home, outside] = [join(folder, 'home'), join(folder, 'outside')];
    for (const path of [home, outside]) mkdirSync(path);
    writeFileSync(join(outside, 'config.toml'), 'precious');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each<[string, () => void]>([
    ['nothing', () => undefined],
    ['the file of before', () => writeFileSync(join(home, '.codex', 'config.toml'), 'x'.repeat(100))],
    ['a link to a file', () => symlinkSync(join(outside, 'config.toml'), join(home, '.codex', 'config.toml'))],
    ['a link to nowhere', () => symlinkSync(join(outside, 'made'), join(home, '.codex', 'config.toml'))],
    ['a pipe that nobody reads', () => execFileSync('mkfifo', [join(home, '.codex', 'config.toml')])],
    ['a folder with something in it', () => mkdirSync(join(home, '.codex', 'config.toml', 'deep'), { recursive: true })],
  ])('takes the place of %s', async (_, plant) => {
    mkdirSync(join(home, '.codex'));
    plant();

    await writeInside(home, '.codex/config.toml', 'ours');

    expect(readFileSync(join(home, '.codex', 'config.toml'), 'utf8')).toBe('ours');
    expect(readdirSync(join(home, '.codex'))).toEqual(['config.toml']);
    expect(readdirSync(outside)).toEqual(['config.toml']);
    expect(readFileSync(join(outside, 'config.toml'), 'utf8')).toBe('precious');
  });

  it.each<[string, () => void]>([
    ['a link to a folder', () => symlinkSync(outside, join(home, '.codex'))],
    ['a file', () => writeFileSync(join(home, '.codex'), '')],
    ['a pipe', () => execFileSync('mkfifo', [join(home, '.codex')])],
  ])('has real folders on its way where %s stood', async (_, plant) => {
    plant();

    await writeInside(home, '.codex/rules/default.rules', 'ours');

    expect(readFileSync(join(home, '.codex', 'rules', 'default.rules'), 'utf8')).toBe('ours');
    expect(readdirSync(outside)).toEqual(['config.toml']);
  });

  it('is written again although nobody may write it', async () => {
    await writeInside(home, 'a/words.txt', 'first', 0o444);
    await writeInside(home, 'a/words.txt', 'second', 0o444);

    expect(readFileSync(join(home, 'a', 'words.txt'), 'utf8')).toBe('second');
    expect(statSync(join(home, 'a', 'words.txt')).mode & 0o777).toBe(0o444);
  });

  it('is not written where the folder itself is a link', async () => {
    symlinkSync(outside, join(folder, 'moved'));

    await expect(writeInside(join(folder, 'moved'), 'config.toml', 'ours')).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(readFileSync(join(outside, 'config.toml'), 'utf8')).toBe('precious');
  });
});
