import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../config/logger.ts';
import { loadWorkflowBundle, type WorkflowBundle } from './workflow-bundle.ts';

const logger = createLogger('test', { silent: true });

describe('loadWorkflowBundle', () => {
  let root: string;
  let cache: string;
  let built: WorkflowBundle;
  let left: string[];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'bundle-test-'));
    cache = join(root, 'home', 'cache');
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, 'temporal'), 'a program of somebody else');
    for (let n = 1; n <= 7; n++) await older(`workflows-${String(n).padStart(16, '0')}.js`, n);
    await older(`workflows-${'a'.repeat(16)}.js.halfwritten`, 9);
    built = await loadWorkflowBundle(cache, logger);
    left = await readdir(cache);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function older(name: string, minutes: number): Promise<void> {
    const at = new Date(Date.now() - minutes * 60_000);
    await writeFile(join(cache, name), name);
    await utimes(join(cache, name), at, at);
  }

  it('builds the workflows under the name of their content and leaves nothing half-written', async () => {
    const file = await readFile(join(cache, `workflows-${built.buildId}.js`), 'utf8');

    expect(file).toBe(built.code);
    expect(built.code).toContain('changeRequest');
    expect(left.filter((name) => !/^(temporal|workflows-[0-9a-f]{16}\.js)$/.test(name))).toEqual([]);
  });

  it('keeps the five bundles used last and what is no bundle', () => {
    const newest = [1, 2, 3, 4].map((n) => `workflows-${String(n).padStart(16, '0')}.js`);

    expect(left.sort()).toEqual(['temporal', ...newest, `workflows-${built.buildId}.js`].sort());
  });

  it('gives another state folder of the same user what is there, and counts that as a use', async () => {
    const file = join(cache, `workflows-${built.buildId}.js`);
    await writeFile(file, 'what is cached');
    await utimes(file, new Date(1_000), new Date(1_000));

    const again = await loadWorkflowBundle(cache, logger);

    expect(again).toEqual({ code: 'what is cached', buildId: built.buildId });
    const [usedLast] = await byUse();
    expect(usedLast).toBe(`workflows-${built.buildId}.js`);
  });

  it('works where the cache cannot be written', async () => {
    const blocked = join(root, 'blocked');
    await writeFile(blocked, 'a file, no folder');

    const bundle = await loadWorkflowBundle(join(blocked, 'cache'), logger);

    expect(bundle.buildId).toBe(built.buildId);
    expect(bundle.code).toContain('changeRequest');
  });

  async function byUse(): Promise<string[]> {
    const names = (await readdir(cache)).filter((name) => name.startsWith('workflows-'));
    const files = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(cache, name))).mtimeMs })));
    return files.sort((a, b) => b.at - a.at).map(({ name }) => name);
  }
});
