import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryLogger } from '../testing/memory.ts';
import { removeHalfPacks, removeLeftFolders } from './left-files.ts';
import { makeFolder } from './testing.ts';

let folder: ReturnType<typeof makeFolder>;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

function age(path: string, hours: number): void {
  const changed = new Date(Date.now() - hours * 3_600_000);
  utimesSync(path, changed, changed);
}

describe('removeHalfPacks', () => {
  it('removes what is half made and old, and no pack', async () => {
    const packs = join(folder.path, 'objects', 'pack');
    mkdirSync(packs, { recursive: true });
    for (const name of ['tmp_pack_a', 'tmp_idx_a', 'pack-1.pack', 'multi-pack-index']) {
      writeFileSync(join(packs, name), '');
      age(join(packs, name), 2);
    }
    writeFileSync(join(packs, 'tmp_pack_b'), '');

    await removeHalfPacks(folder.path);

    expect(readdirSync(packs).toSorted()).toEqual(['multi-pack-index', 'pack-1.pack', 'tmp_pack_b']);
  });
});

describe('removeLeftFolders', () => {
  it('removes the folders of a gateway that was killed a day ago, and nothing of others', async () => {
    for (const [name, hours] of [
      ['astraforge-bundle-old', 25],
      ['astraforge-bundle-new', 23],
      ['astraforge-other-old', 25],
    ] as const) {
      mkdirSync(join(folder.path, name));
      writeFileSync(join(folder.path, name, 'run.bundle'), '');
      age(join(folder.path, name), hours);
    }

    await removeLeftFolders(memoryLogger(), folder.path);

    expect(readdirSync(folder.path).toSorted()).toEqual(['astraforge-bundle-new', 'astraforge-other-old']);
  });

  it('says what it cannot do, and throws nothing', async () => {
    const logger = memoryLogger();

    await removeLeftFolders(logger, join(folder.path, 'nowhere'));

    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { path: join(folder.path, 'nowhere') } }]);
  });
});
