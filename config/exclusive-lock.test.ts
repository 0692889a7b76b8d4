import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeLock } from './exclusive-lock.ts';

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
