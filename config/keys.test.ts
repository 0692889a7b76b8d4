import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrCreateKeys } from './keys.ts';
import { redactText } from './redaction.ts';

describe('loadOrCreateKeys', () => {
  let dir: string;

  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'astraforge-keys-')), 'keys');
  });

  afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

  it('makes keys that only their owner reads, and finds the same ones again', async () => {
    const made = await loadOrCreateKeys(dir);

    const again = await loadOrCreateKeys(dir);

    expect(again).toEqual(made);
    expect(new Set(Object.values(made)).size).toBe(3);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(dir)) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    expect(redactText(`token ${made.startupToken}`)).toBe('token [redacted]');
  });

  it('gives every process the same keys when several start at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeys(dir)));

    expect(new Set(all.map((keys) => JSON.stringify(keys))).size).toBe(1);
    expect(await readdir(dir)).toHaveLength(3);
  });

  it('refuses a key that was cut short, and takes back a mode that was opened', async () => {
    await loadOrCreateKeys(dir);
    await chmod(join(dir, 'service-key'), 0o644);
    await loadOrCreateKeys(dir);
    const mode = (await stat(join(dir, 'service-key'))).mode & 0o777;
    await writeFile(join(dir, 'service-key'), 'short');

    const attempt = loadOrCreateKeys(dir);

    await expect(attempt).rejects.toThrow(/service-key is not a key; remove it/);
    expect(mode).toBe(0o600);
  });
});
