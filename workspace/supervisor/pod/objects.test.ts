import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeObjects } from './objects.ts';

describe('objects that came into a Pod', () => {
  let folder: string;
  let objectsDir: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'af-objects-'));
    objectsDir = join(folder, 'objects');
    for (const [transfer, content] of [
      ['incoming-whole', 'whole'],
      ['incoming-broken', 'half'],
    ] as const)
      for (const file of ['pack/pack-1.pack', 'ab/cdef']) {
        mkdirSync(join(objectsDir, transfer, file, '..'), { recursive: true });
        writeFileSync(join(objectsDir, transfer, file), content);
      }
  });

  // Goes where a path is too long for Node's.
  afterEach(() => {
    execFileSync('rm', ['-rf', folder]);
  });

  it('are where git looks once they are whole, and those of a transfer that broke are gone', async () => {
    await takeObjects(objectsDir, 'incoming-whole');

    expect(readdirSync(objectsDir).sort()).toEqual(['ab', 'pack']);
    expect(['pack/pack-1.pack', 'ab/cdef'].map((file) => readFileSync(join(objectsDir, file), 'utf8'))).toEqual(['whole', 'whole']);
  });

  it('are not taken when none came whole', async () => {
    await takeObjects(objectsDir, null);

    expect(readdirSync(objectsDir)).toEqual([]);
  });

  it('are taken from no other folder', async () => {
    mkdirSync(join(folder, 'elsewhere', 'pack'), { recursive: true });

    await takeObjects(objectsDir, '../elsewhere');

    expect(readdirSync(objectsDir)).toEqual([]);
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['pack']);
  });

  it('may be none where there is no folder for them yet', async () => {
    await takeObjects(join(folder, 'new', 'objects'), null);

    expect(readdirSync(join(folder, 'new', 'objects'))).toEqual([]);
  });

  it('are fetched instead when they are not where they should be', async () => {
    await takeObjects(objectsDir, 'incoming-nowhere');

    expect(readdirSync(objectsDir)).toEqual([]);
  });

  it('are taken all or none', async () => {
    mkdirSync(join(objectsDir, 'pack', 'in-the-way'), { recursive: true });

    await takeObjects(objectsDir, 'incoming-whole');

    expect(readdirSync(objectsDir)).toEqual(['pack']);
    expect(readdirSync(join(objectsDir, 'pack'))).toEqual(['in-the-way']);
  });

  it('are gone after a transfer that broke and was still written to', async () => {
    const broken = join(objectsDir, 'incoming-broken');
    let left = 200;
    // In each turn of the loop, so between any look at the folder and its removal.
    const write = (): void => {
      if (left-- === 0 || !existsSync(broken)) return;
      writeFileSync(join(broken, String(left % 4)), 'late');
      setImmediate(write);
    };
    write();

    await takeObjects(objectsDir, 'incoming-whole');

    expect(readdirSync(objectsDir).sort()).toEqual(['ab', 'pack']);
  });

  it('are taken though a transfer that broke cannot be removed', async () => {
    const broken = join(objectsDir, 'incoming-broken');
    // One in the other, their path is longer than any call may name.
    const deep = Array<string>(10).fill('d'.repeat(250)).join('/');
    for (const top of [broken, join(folder, 'other')]) mkdirSync(join(top, deep), { recursive: true });
    renameSync(join(folder, 'other'), join(broken, deep, 'other'));

    await takeObjects(objectsDir, 'incoming-whole');

    expect(
      readdirSync(objectsDir)
        .filter((entry) => !entry.startsWith('incoming-'))
        .sort(),
    ).toEqual(['ab', 'pack']);
  });
});
