import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

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
});
