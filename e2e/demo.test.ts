import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { processEnvironment } from '../config/env.ts';
import type { DemoResult } from '../cli/demo/summary.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const limitMs = 280_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The environment of a newcomer, but for a port that other tests do not take, and without whatever Docker runs here. */
function bareEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = processEnvironment();
  return { PATH, HOME, PORT: '0', PROVISIONER: 'local', STATE_DIR: join(folder, 'state'), ...(XDG_CACHE_HOME ? { XDG_CACHE_HOME } : {}) };
}

describe('the demo', () => {
  it(
    'goes from a prompt to a reviewed merge request, whose branch holds the approved commit and passes its tests',
    async () => {
      const run = await execa(process.execPath, ['cli/main.ts', 'demo', '--once', '--json'], {
        cwd: root,
        env: bareEnvironment(),
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
      const tests = await execa(process.execPath, ['--test'], { cwd: checkout, env: bareEnvironment(), extendEnv: false, reject: false });

      expect({ exitCode: run.exitCode, stage: result.stage }).toEqual({ exitCode: 0, stage: 'REVIEWED' });
      expect(head.stdout).toBe(result.mergeRequest?.commit);
      expect(tests.exitCode).toBe(0);
      expect(Object.keys(result.stagesMs)).toEqual(expect.arrayContaining(['EXECUTING', 'PATCH_READY', 'MR_OPENED', 'REVIEWED']));
      expect(run.stderr).toContain('It is not a language model');
    },
    limitMs + 20_000,
  );
});
