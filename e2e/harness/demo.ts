import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { execa } from 'execa';
import { processEnvironment } from '../../config/env.ts';
import type { DemoResult } from '../../cli/demo/summary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs the demo as a newcomer would, and checks what it promises: a reviewed merge request whose branch holds the approved commit and
 * passes its tests. Answers what it told people. `settings` are laid over the environment of a newcomer.
 */
export async function expectDemo(folder: string, settings: Record<string, string>, limitMs: number): Promise<string> {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = processEnvironment();
  const env = { PATH, HOME, PORT: '0', STATE_DIR: join(folder, 'state'), ...(XDG_CACHE_HOME ? { XDG_CACHE_HOME } : {}), ...settings };
  const run = await execa(process.execPath, ['cli/main.ts', 'demo', '--once', '--json'], {
    cwd: root,
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: limitMs,
    forceKillAfterDelay: 30_000,
    reject: false,
  });
  if (run.exitCode !== 0) throw new Error(`the demo ended with ${run.exitCode}:\n${run.stderr.slice(-3000)}\n${run.stdout}`);
  const result = JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as DemoResult;
  const checkout = join(folder, 'checkout');
  await execa('git', ['clone', '--quiet', '--branch', result.mergeRequest?.branch ?? '', result.repository, checkout]);
  const head = await execa('git', ['-C', checkout, 'rev-parse', 'HEAD']);
  const tests = await execa(process.execPath, ['--test'], { cwd: checkout, env, extendEnv: false, reject: false });

  expect({ exitCode: run.exitCode, stage: result.stage }).toEqual({ exitCode: 0, stage: 'REVIEWED' });
  expect(head.stdout).toBe(result.mergeRequest?.commit);
  expect(tests.exitCode).toBe(0);
  expect(Object.keys(result.stagesMs)).toEqual(expect.arrayContaining(['EXECUTING', 'PATCH_READY', 'MR_OPENED', 'REVIEWED']));
  expect(run.stderr).toContain('It is not a language model');
  return run.stderr;
}
