import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChildOptions, launchChild, rotateLog } from './child.ts';
import { identify } from './identity.ts';

describe('launchChild', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'astraforge-child-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  function options(name: string, change: Partial<ChildOptions> = {}): ChildOptions {
    const env = { PATH: process.env['PATH'] ?? '', ASTRAFORGE_SUPERVISED: '1' };
    const args = [join(import.meta.dirname, 'testing', name)];
    return {
      name,
      args,
      cwd: folder,
      env,
      logFile: join(folder, 'log'),
      healthAddress: null,
      reports: true,
      readyTimeoutMs: 20_000,
      stopGraceMs: 300,
      ...change,
    };
  }

  it('kills what ignores SIGTERM once its time is over', async () => {
    const child = await launchChild(options('stubborn.ts'));

    await child.stop();

    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(identify(child.pid)).toBeNull();
  });

  it('lets a process end in its own time', async () => {
    const child = await launchChild(options('stand-in.ts', { stopGraceMs: 20_000 }));

    await child.stop();

    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('gives up on a process that never gets ready, and leaves nothing of it', async () => {
    let pid = 0;

    const attempt = launchChild(
      options('stand-in.ts', { healthAddress: 'unix:/nonexistent', readyTimeoutMs: 500, onSpawn: (found) => (pid = found) }),
    );

    await expect(attempt).rejects.toThrow(/not ready within 0.5 s/);
    expect(identify(pid)).toBeNull();
  });
});

describe('rotateLog', () => {
  it('moves a grown log aside and leaves a small one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'astraforge-log-'));
    const file = join(folder, 'log');
    await writeFile(file, 'x'.repeat(100));

    rotateLog(file, 100);
    rotateLog(file, 99);
    rotateLog(file, 99);

    expect(await readFile(`${file}.1`, 'utf8')).toHaveLength(100);
    await rm(folder, { recursive: true });
  });
});
