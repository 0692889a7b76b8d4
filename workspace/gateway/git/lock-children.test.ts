import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, killExactly, type ProcessIdentity } from '../../provisioners/local/processes.ts';
import { exclusively } from './folder-lock.ts';
import { createGit } from './run-git.ts';
import { makeFolder } from './testing.ts';

const turn = { kind: 'mirror', name: 'm' } as const;
let folder: ReturnType<typeof makeFolder>;
let locksDir: string;
let searchPath: string;
let pidFile: string;
let started: ProcessIdentity | null;

beforeEach(() => {
  folder = makeFolder();
  locksDir = join(folder.path, 'locks');
  const bin = join(folder.path, 'bin');
  searchPath = `${bin}:/usr/bin:/bin`;
  pidFile = join(folder.path, 'pid');
  started = null;
  mkdirSync(bin);
  // A git that is at work until it is ended.
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho $$ > ${pidFile}.new && mv ${pidFile}.new ${pidFile}\nexec sleep 600\n`, { mode: 0o755 });
});
afterEach(() => {
  killExactly(started);
  folder.remove();
});

async function untilStarted(): Promise<void> {
  while (!existsSync(pidFile)) await sleep(5);
  started = identify(Number(readFileSync(pidFile, 'utf8')));
}

const notes = () => readdirSync(locksDir).filter((name) => name.endsWith('.children'));

const isAtWork = () => started !== null && identify(started.pid)?.startTicks === started.startTicks;

describe('a command of git', () => {
  it('that a killed holder of the lock left is ended before the next one begins', async () => {
    const [lockModule, gitModule] = ['folder-lock.ts', 'run-git.ts'].map((name) => JSON.stringify(join(import.meta.dirname, name)));
    const script = `const { exclusively } = await import(${lockModule}); const { createGit } = await import(${gitModule});
      const git = createGit({ searchPath: ${JSON.stringify(searchPath)} });
      await exclusively(${JSON.stringify(locksDir)}, ${JSON.stringify(turn)}, () => git(['fetch'], { timeoutMs: 600_000 }));`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'inherit', 'inherit'] });
    await untilStarted();
    while (!notes().some((name) => readFileSync(join(locksDir, name), 'utf8').endsWith('\n'))) await sleep(5);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const before = isAtWork();

    const meanwhile = await exclusively(locksDir, turn, () => Promise.resolve(isAtWork()));

    expect([before, meanwhile]).toEqual([true, false]);
    expect(notes()).toEqual([]);
  });

  it('that was started after the lock was given back is left alone', async () => {
    const git = createGit({ searchPath });
    const over = Promise.withResolvers<void>();
    let background: Promise<unknown> = Promise.resolve();
    await exclusively(locksDir, turn, () => {
      background = over.promise.then(() => git(['repack'], { timeoutMs: 600_000 })).catch(() => null);
      return Promise.resolve();
    });
    over.resolve();
    await untilStarted();

    const meanwhile = await exclusively(locksDir, turn, () => Promise.resolve(isAtWork()));

    expect(meanwhile).toBe(true);
    killExactly(started);
    await background;
  });
});
