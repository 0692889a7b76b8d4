// @rooms cli api
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { makeSampleRepository } from '../cli/demo/sample-repository.ts';
import type { DemoResult } from '../cli/demo/summary.ts';
import { processEnvironment } from '../config/env.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const startLimitMs = 150_000;

let folder: string;
let serving: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-e2e-'));
  serving = [];
});
afterEach(async () => {
  for (const child of serving.filter((one) => one.exitCode === null && one.signalCode === null)) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

function environment(): Record<string, string> {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = processEnvironment();
  return { PATH, HOME, STATE_DIR: join(folder, 'state'), PROVISIONER: 'local', ...(XDG_CACHE_HOME ? { XDG_CACHE_HOME } : {}) };
}

async function astraforge(...args: string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const run = await execa(process.execPath, ['cli/main.ts', ...args], {
    cwd: root,
    env: environment(),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 200_000,
  });
  return { exitCode: run.exitCode, stdout: run.stdout, stderr: run.stderr };
}

/** Starts a command that serves on, and answers the first JSON line of its stdout. */
async function serve<T>(...args: string[]): Promise<{ child: ChildProcess; first: T }> {
  const child = spawn(process.execPath, ['cli/main.ts', ...args, '--json'], {
    cwd: root,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  serving.push(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line', { signal: AbortSignal.timeout(startLimitMs) }),
    once(child, 'exit').then(() => Promise.reject(new Error(`it ended:\n${said}`))),
  ]);
  return { child, first: JSON.parse(String(line[0])) as T };
}

async function interrupt(child: ChildProcess): Promise<number | null> {
  child.kill('SIGINT');
  await once(child, 'exit');
  return child.exitCode;
}

/** Process ids that the state folder's record names and that still live. */
async function leftRunning(): Promise<number[]> {
  const text = await readFile(join(folder, 'state', 'processes.json'), 'utf8').catch(() => '{}');
  const pids = [...text.matchAll(/"pid":\s*(\d+)/g)].map(([, pid]) => Number(pid));
  return pids.filter((pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  });
}

describe('the command line', () => {
  it('takes a request over a stop and a second start, to the merge', async () => {
    const first = await serve<{ apiUrl: string }>('start');
    const sample = await makeSampleRepository(join(folder, 'repositories'));
    const added = await astraforge('project', 'add', sample.path, '--check', 'test=node --test');
    const submitted = await astraforge('submit', 'make the failing test pass', '--json');
    const { requestId } = JSON.parse(submitted.stdout) as { requestId: string };
    const gate = await astraforge('watch', requestId, '--until', 'waiting');
    const stopped = await interrupt(first.child);

    const second = await serve<{ apiUrl: string }>('start');
    const projects = JSON.parse((await astraforge('project', 'list', '--json')).stdout) as { name: string }[];
    const approved = await astraforge('approve', requestId);
    const late = await astraforge('approve', requestId);
    const opened = await astraforge('watch', requestId, '--until', 'waiting');
    const merged = await astraforge('merge', requestId);
    const watched = await astraforge('watch', requestId);
    const unknown = await astraforge('show', 'nothing-like-it');
    await interrupt(second.child);
    const away = await astraforge('show', requestId);
    const log = await execa('git', ['-C', sample.path, 'log', '--format=%s', 'main']);

    expect(added).toMatchObject({ exitCode: 0 });
    expect(projects.map(({ name }) => name).toSorted()).toEqual(['getting-started', 'sample']);
    expect(gate).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('waits for approval of the patch') });
    expect(stopped).toBe(0);
    expect(second.first.apiUrl).toBe(first.first.apiUrl);
    expect(approved).toMatchObject({ exitCode: 0, stderr: '' });
    expect(late.exitCode).toBe(7);
    expect(opened.stdout).toContain('merge request !1');
    expect(merged).toMatchObject({ exitCode: 0 });
    expect(watched).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('DONE') });
    expect(unknown.exitCode).toBe(4);
    expect(away.exitCode).toBe(5);
    expect(log.stdout.split('\n').length).toBeGreaterThan(1);
  });

  it('runs the demo a second time on the same state, serves on, and leaves nothing behind at Ctrl-C', async () => {
    const once = await astraforge('demo', '--once', '--json');
    const again = await serve<DemoResult>('demo');
    const exitCode = await interrupt(again.child);

    const first = JSON.parse(once.stdout.trim().split('\n').at(-1) ?? '') as DemoResult;
    expect(once.exitCode).toBe(0);
    expect([first.stage, again.first.stage]).toEqual(['REVIEWED', 'REVIEWED']);
    expect(again.first.repository).not.toBe(first.repository);
    expect(exitCode).toBe(0);
    expect(await leftRunning()).toEqual([]);
  });
});
