import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { memoryLogger } from '../testing/memory.ts';
import { createSnapshotStore } from './store.ts';
import type { SnapshotName, SnapshotStore } from './store.ts';

let dir: string;
let store: SnapshotStore;
let logger: ReturnType<typeof memoryLogger>;
const name: SnapshotName = { tenantId: 't', projectId: 'p', key: 'a'.repeat(64) };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'af-snapshots-'));
  logger = memoryLogger();
  store = createSnapshotStore({ dir, maxBytes: 100, maxTotalBytes: 250, logger });
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function keep(content: string, change: Partial<SnapshotName> = {}): Promise<'kept' | 'there'> {
  return store.keep({ ...name, ...change }, Readable.from([Buffer.from(content)]));
}

async function read(change: Partial<SnapshotName> = {}): Promise<string | null> {
  const found = await store.read({ ...name, ...change });
  return found && text(found.content);
}

async function files(): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('snapshots of setups', () => {
  it('are given back as they were, to their own project and key', async () => {
    expect(await keep('content')).toBe('kept');

    expect(await read()).toBe('content');
    const found = await store.read(name);
    found?.content.destroy();
    expect(found?.sizeBytes).toBe(7);
    for (const other of [{ tenantId: 'u' }, { projectId: 'q' }, { key: 'b'.repeat(64) }]) expect(await read(other)).toBeNull();
  });

  it('are never written over, also when two come at once', async () => {
    const states = await Promise.all([keep('one'), keep('two')]);
    const before = await read();

    expect(states.toSorted()).toEqual(['kept', 'there']);
    expect(await keep('three')).toBe('there');
    expect(await read()).toBe(before);
    expect(await files()).toHaveLength(1);
  });

  it('are kept whole or not at all', async () => {
    const breaking = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('hung up');
      })(),
    );

    await expect(store.keep(name, breaking)).rejects.toThrow('hung up');
    await expect(keep('x'.repeat(101))).rejects.toMatchObject({ code: 'setup-snapshot-too-large' });
    expect(await read()).toBeNull();
    expect(await files()).toEqual([]);
  });

  it('can be thrown away and kept anew', async () => {
    await keep('broken');

    await store.drop(name);
    await store.drop(name);

    expect(await read()).toBeNull();
    expect(await keep('good')).toBe('kept');
    expect(await read()).toBe('good');
  });

  it('make room for new ones: that which was unused for longest goes', async () => {
    const keys = ['1', '2', '3'].map((digit) => digit.repeat(64));
    for (const [at, key] of keys.slice(0, 2).entries()) {
      await keep('x'.repeat(100), { key });
      const longAgo = new Date(Date.now() - (10 - at) * 60_000);
      await utimes(join(dir, 't', 'p', `${key}.tar.zst`), longAgo, longAgo);
    }
    await read({ key: keys[0] });

    await keep('x'.repeat(100), { key: keys[2] });

    const left = await Promise.all(keys.map(async (key) => (await read({ key })) !== null));
    expect(left).toEqual([true, false, true]);
  });

  it('are at most seven days old, however often they are read, and are then made anew', async () => {
    const path = join(dir, 't', 'p', `${name.key}.tar.zst`);
    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000);
    await keep('first');
    await utimes(path, daysAgo(6), daysAgo(6));
    expect(await read()).toBe('first');
    expect(Date.now() - (await stat(path)).mtimeMs).toBeGreaterThan(5 * 24 * 3_600_000);
    expect(await keep('early')).toBe('there');

    await utimes(path, new Date(), daysAgo(8));

    expect(await read()).toBeNull();
    expect(await keep('second')).toBe('kept');
    expect(await read()).toBe('second');
    await utimes(path, new Date(), daysAgo(8));
    await store.tidy();
    expect(await files()).toEqual([]);
  });

  it('that earlier processes left half stored are removed after an hour, and counted until then', async () => {
    await keep('x'.repeat(100));
    const folder = join(dir, 't', 'p');
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    for (const [stray, minutes] of [
      ['old.tmp', 61],
      ['new.tmp', 30],
    ] as const) {
      await writeFile(join(folder, stray), 'x'.repeat(200));
      await utimes(join(folder, stray), minutesAgo(minutes), minutesAgo(minutes));
    }

    await store.tidy();

    expect(await files()).toEqual(['new.tmp']);
    expect(logger.lines).toMatchObject([{ fields: { strays: 1, removed: 2 } }]);
  });

  it('make room also after one that broke off', async () => {
    await keep('x'.repeat(100));
    await writeFile(join(dir, 't', 'p', `${'b'.repeat(64)}.tar.zst`), 'x'.repeat(200));

    await expect(keep('x'.repeat(101), { key: 'c'.repeat(64) })).rejects.toMatchObject({ code: 'setup-snapshot-too-large' });

    expect(await files()).toHaveLength(1);
  });

  it('are kept also where the others cannot be tidied, which is logged', async () => {
    const fails = () => {
      throw new Error('no tidying');
    };
    const failing = createSnapshotStore({ dir, maxBytes: 100, maxTotalBytes: 5, logger: { ...logger, info: fails } });

    const state = await failing.keep(name, Readable.from([Buffer.from('content')]));

    expect(state).toBe('kept');
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { error: 'no tidying' } }]);
  });

  it('need no folder to be tidied', async () => {
    await createSnapshotStore({ dir: join(dir, 'none'), maxBytes: 100, maxTotalBytes: 250, logger }).tidy();

    expect(logger.lines).toEqual([]);
  });

  it('refuse names that are no names of files', async () => {
    await expect(keep('x', { projectId: '../q' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(read({ tenantId: '..' })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
