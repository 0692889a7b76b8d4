import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { removeFolder } from './disk.ts';

const nobody = 65_534;

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'af-disk-'));
  folder = join(parent, 'w1');
  beOrdinary(parent);
  mkdirSync(folder);
});

afterEach(async () => {
  process.seteuid?.(process.getuid?.() ?? 0);
  await removeFolder(parent);
});

/** Modes bind every user but root: a root that tests is nobody until the test ends. */
function beOrdinary(home: string): void {
  if (process.geteuid?.() !== 0) return;
  chownSync(home, nobody, nobody);
  process.seteuid?.(nobody);
}

/** A folder with a file in a folder below, and both folders' modes set. */
function locked(path: string, mode: number): void {
  const below = join(path, 'below');
  mkdirSync(below, { recursive: true });
  writeFileSync(join(below, 'file'), '');
  chmodSync(below, mode);
  chmodSync(path, mode);
}

/** A chain of folders; the path of the last one. */
function chain(path: string): string {
  const last = join(path, ...Array.from({ length: 12 }, () => 'd'.repeat(200)));
  mkdirSync(last, { recursive: true });
  return last;
}

describe('removeFolder', () => {
  it.each([
    ['may only be read', 0o555],
    ['may not even be entered', 0o000],
  ])('removes folders that %s', async (_, mode) => {
    locked(join(folder, 'cache'), mode);

    await removeFolder(folder);

    expect(existsSync(folder)).toBe(false);
  });

  it('removes links, and leaves what they point to as it was', async () => {
    const outside = join(parent, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file'), 'kept');
    chmodSync(join(outside, 'file'), 0o400);
    chmodSync(outside, 0o500);
    locked(join(folder, 'cache'), 0o700);
    symlinkSync(outside, join(folder, 'cache', 'folder'));
    symlinkSync(join(outside, 'file'), join(folder, 'cache', 'file'));
    chmodSync(join(folder, 'cache'), 0o555);

    await removeFolder(folder);

    expect(existsSync(folder)).toBe(false);
    expect([statSync(outside).mode & 0o777, statSync(join(outside, 'file')).mode & 0o777]).toEqual([0o500, 0o400]);
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('kept');
  });

  it('removes paths that are longer than any path may be', async () => {
    chain(join(parent, 'lower'));
    renameSync(join(parent, 'lower'), join(chain(join(folder, 'upper')), 'lower'));

    await removeFolder(folder);

    expect(existsSync(folder)).toBe(false);
  });

  it('says what cannot be removed, and what to do', async () => {
    locked(join(folder, 'cache'), 0o555);
    chmodSync(parent, 0o500);

    const removing = removeFolder(folder);

    await expect(removing).rejects.toMatchObject({ code: 'folder-stuck', kind: 'transient' });
    await expect(removing).rejects.toThrow(/destroy: .*w1 cannot be removed \(rm: .*Permission denied.*\); remove it as root/);
  });
});
