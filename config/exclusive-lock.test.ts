import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeLock, takeLockInPlace, type ExclusiveLock } from './exclusive-lock.ts';

describe('takeLock', () => {
  let folder: string;

  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'af-lock-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives a lock to one at a time, and to the next once it is released', () => {
    const file = join(folder, 'new', 'lock');
    const first = takeLock(file);

    expect(first).not.toBeNull();
    expect(takeLock(file)).toBeNull();
    first?.release();
    const second = takeLock(file);
    expect(second).not.toBeNull();
    second?.release();
  });

  it('says what is wrong with a file that can be no lock', () => {
    expect(() => takeLock(folder)).toThrow(/unable to open/);
  });
});

describe('takeLockInPlace', () => {
  let folder: string;

  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'af-lock-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('does not take the lock of a file that its last holder removed meanwhile for that of the path', () => {
    const file = join(folder, 'lock');
    takeLock(file)?.release();
    let removed: ExclusiveLock | null = null;

    const lock = takeLockInPlace(file, (path) => {
      const taken = takeLock(path);
      if (removed === null) {
        removed = taken;
        rmSync(path);
      }
      return taken;
    });

    expect(lock).not.toBeNull();
    expect(lock).not.toBe(removed);
    expect(takeLock(file)).toBeNull();
    lock?.release();
  });

  it('gives the lock of a file that is new to one at a time', () => {
    const file = join(folder, 'lock');
    const first = takeLockInPlace(file);

    expect(first).not.toBeNull();
    expect(takeLockInPlace(file)).toBeNull();
    first?.release();
  });
});
