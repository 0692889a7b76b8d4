import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createSnapshotStore } from './store.ts';
import type { SnapshotName, SnapshotStore } from './store.ts';

let dir: string;
let store: SnapshotStore;
const name: SnapshotName = { tenantId: 't', projectId: 'p', key: 'a'.repeat(64) };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'af-snapshots-'));
  store = createSnapshotStore({ dir, maxBytes: 100, maxTotalBytes: 250 });
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
    expect((await store.read(name))?.sizeBytes).toBe(7);
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

  it('refuse names that are no names of files', async () => {
    await expect(keep('x', { projectId: '../q' })).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(read({ tenantId: '..' })).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
