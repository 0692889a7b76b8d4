// @rooms package.json package-lock.json .npmrc cli/demo cli/embedded README.md
import { glob, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import type { DemoResult } from '../cli/demo/summary.ts';
import { processEnvironment } from '../config/env.ts';
import { git } from './harness/repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** An install downloads some hundred megabytes. */
const limitMs = 15 * 60_000;

let folder: string;
let clone: string;

/** Somebody who has never run this: no home, no cache, no settings, the machine's own Node. Only its package registries stay known. */
function newcomer(): Record<string, string> {
  const own = Object.entries(processEnvironment()).filter(([name]) =>
    /^(PIP_|LANG|LC_|TZ|SSL_|NODE_EXTRA_CA|https?_proxy|no_proxy)/i.test(name),
  );
  const { PATH = '', npm_config_userconfig } = processEnvironment();
  const path = PATH.split(delimiter).filter((entry) => !entry.includes('node_modules') && !entry.includes('node-gyp-bin'));
  return {
    ...Object.fromEntries(own.map(([name, value]) => [name, value ?? ''])),
    PATH: path.join(delimiter),
    HOME: join(folder, 'home'),
    npm_config_userconfig: npm_config_userconfig ?? join(homedir(), '.npmrc'),
    npm_config_cache: join(folder, 'home', '.npm'),
    npm_config_update_notifier: 'false',
  };
}

/** Types a line of the README's first screen into a shell; what it printed. */
async function type(line: string): Promise<string> {
  const run = await execa('sh', ['-c', line], {
    cwd: clone,
    env: newcomer(),
    extendEnv: false,
    stdin: 'ignore',
    timeout: limitMs,
    forceKillAfterDelay: 30_000,
    reject: false,
  });
  if (run.exitCode !== 0) throw new Error(`${line}: ended with ${run.exitCode}\n${run.stdout.slice(-3000)}\n${run.stderr.slice(-3000)}`);
  return `${run.stdout}\n${run.stderr}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'af-first-'));
  clone = join(folder, 'clone');
  await mkdir(join(folder, 'home'));
  await git(folder, 'clone', '--quiet', '--no-local', root, clone);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a clean clone without any cache', () => {
  it(
    'goes from npm ci && npm run demo to a merge request',
    async () => {
      const printed = await type('npm ci && npm run demo -- --once --yes --json');
      const last = printed.split('\n').findLast((line) => line.startsWith('{'));
      const result = JSON.parse(last ?? '{}') as Partial<DemoResult>;

      expect(result).toMatchObject({ stage: 'REVIEWED', mergeRequest: { branch: expect.stringMatching(/./) } });
      const published = await git(folder, '-C', result.repository ?? '', 'rev-parse', `refs/heads/${result.mergeRequest?.branch}`);
      expect(published).toBe(result.mergeRequest?.commit);
    },
    limitMs,
  );

  // The whole of its tests would run inside themselves: here those of one folder, the rest by .ci/run on its own clean clone.
  it(
    'installs and runs tests by npm cit',
    async () => {
      for await (const path of glob('**/*.test.ts', { cwd: clone, exclude: ['node_modules/**', 'config/**'] })) await rm(join(clone, path));

      const printed = await type('npm cit');

      expect(printed).toMatch(/^Tests: +\d+ passed, \d+ total$/m);
      expect(printed).toContain('config/env.test.ts');
    },
    limitMs,
  );
});
