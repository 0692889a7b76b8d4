import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { processEnvironment } from '../config/env.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  scripts: Record<string, string>;
  engines: Record<string, string>;
}

async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
}

describe('the scripts', () => {
  it('check format, lint, types, unused code and import rules, and test last', async () => {
    const { scripts } = await manifest();
    const steps = scripts.check?.split(' && ') ?? [];

    // e2e/verify.ts appends Jest's arguments, so the tests come last.
    expect(steps.at(-1)).toBe('npm test');
    for (const name of ['format:check', 'lint', 'types', 'unused', 'imports']) expect(steps).toContain(`npm run ${name}`);
  });

  it('verify by check and the system suites, and so does .ci/run after npm ci', async () => {
    const { scripts } = await manifest();
    const ci = (await readFile(join(root, '.ci/run'), 'utf8')).split('\n').filter((line) => !line.startsWith('#'));
    const install = ci.findIndex((line) => /^npm ci\b/.test(line));
    const verify = ci.findIndex((line) => line.includes('e2e/verify.ts --with-check'));

    expect(scripts.verify).toBe('node e2e/verify.ts --with-check');
    expect(install).toBeGreaterThan(-1);
    expect(verify).toBeGreaterThan(install);
    expect(ci.join('\n')).toContain('set -Eeuo pipefail');
  });

  it('have both commands of a newcomer on the first screen of the README', async () => {
    const readme = (await readFile(join(root, 'README.md'), 'utf8')).split('\n').slice(0, 24).join('\n');
    const commands = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';

    expect(commands).toMatch(/^npm ci && npm run demo\b/m);
    expect(commands).toMatch(/^npm cit\b/m);
  });
});

const configuration = [
  'package.json',
  'eslint.config.js',
  '.prettierrc.json',
  '.prettierignore',
  '.dependency-cruiser.cjs',
  '.lintstagedrc.json',
  '.husky/pre-commit',
];

/** A small repository under the rules of this one; every script passes on it. */
const sound: Record<string, string> = {
  'knip.json': '{ "entry": ["{api,workflows,activities,web/app,bench,cli}/{main,index,bin}.{ts,js}"], "ignoreDependencies": [".*"] }\n',
  'api/main.ts':
    "import { listen } from './listen.ts';\nimport { waitsForPerson } from '../workflows/contracts/words.ts';\n\nlisten(waitsForPerson);\n",
  'api/listen.ts': '/** Prints. */\nexport function listen(words: string): void {\n  console.log(words);\n}\n',
  'workflows/index.ts': "import { waitsForPerson } from './contracts/words.ts';\n\nexport const stages = [waitsForPerson];\n",
  'workflows/contracts/words.ts': "/** A word. */\nexport const waitsForPerson = 'BLOCKED';\n",
  'activities/index.ts': "export const queue = 'control';\n",
  'web/app/main.ts': "export const title = 'pages';\n",
  'bench/main.ts': "console.log('a benchmark');\n",
  'cli/bin.js': "console.log('a command');\n",
};

/** What must not pass: the script, the file that is planted, its text, and what the script says about it. */
const faults: [what: string, script: string, file: string, text: string, says: RegExp][] = [
  ['an unformatted file', 'format:check', 'api/listen.ts', 'export function listen( words:string ){console.log(words)}', /api\/listen\.ts/],
  ['an any', 'lint', 'api/listen.ts', 'export function listen(words: any): void {\n  console.log(words);\n}\n', /no-explicit-any/],
  [
    'a promise that nobody awaits',
    'lint',
    'api/listen.ts',
    'export function listen(words: string): void {\n  Promise.resolve(words);\n}\n',
    /no-floating-promises/,
  ],
  [
    'a function over 80 lines',
    'lint',
    'api/listen.ts',
    `export function listen(words: string): void {\n${'  console.log(words);\n'.repeat(81)}}\n`,
    /max-lines-per-function/,
  ],
  ['a wrong type', 'types', 'api/listen.ts', 'export function listen(words: number): void {\n  console.log(words);\n}\n', /TS2345/],
  [
    'an enum',
    'types',
    'api/listen.ts',
    'export enum Words {\n  one,\n}\nexport function listen(words: string): void {\n  console.log(words);\n}\n',
    /TS1294/,
  ],
  [
    'a workflow that reads the environment',
    'types',
    'workflows/index.ts',
    'export const id = process.pid;\n',
    /workflows\/index\.ts.*'process'/,
  ],
  [
    'an export that nobody uses',
    'unused',
    'api/listen.ts',
    '/** Prints. */\nexport function listen(words: string): void {\n  console.log(words);\n}\nexport const forgotten = 1;\n',
    /forgotten/,
  ],
  [
    'an import against the direction of the rooms',
    'imports',
    'api/listen.ts',
    "import { queue } from '../activities/index.ts';\n\nexport function listen(words: string): void {\n  console.log(words, queue);\n}\n",
    /api-reach/,
  ],
];

let folder: string;
/** Git's identity and nothing of the machine's configuration. */
function environment(): Record<string, string> {
  const { PATH = '', HOME = '' } = processEnvironment();
  const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@localhost', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@localhost' };
  const path = [join(folder, 'node_modules/.bin'), PATH].join(delimiter);
  return { PATH: path, HOME, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', ...who };
}

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function run(command: string, ...args: string[]) {
  const ended = await execa(command, args, {
    cwd: folder,
    env: environment(),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    all: true,
  });
  return { ok: ended.exitCode === 0, said: ended.all };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'af-foundation-'));
  const projects = [...((await manifest()).scripts.types ?? '').matchAll(/-p (\S+)/g)].map(([, path]) => path ?? '');
  for (const path of [...configuration, ...projects, 'e2e/web/tsconfig.json']) await cp(join(root, path), join(folder, path));
  // A folder of links, not a link: what a tool keeps in node_modules/.cache must not be shared.
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '.cache') await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const room of ['activities', 'workspace', 'forges', 'db', 'config', 'cli', 'web'])
    await mkdir(join(folder, room), { recursive: true });
  await write({ ...sound, '.gitignore': 'node_modules\n' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('each script passes what is sound and refuses', () => {
  it.each(['format:check', 'lint', 'types', 'unused', 'imports'])('nothing of a sound repository: %s', async (script) => {
    const { ok, said } = await run('npm', 'run', script);

    expect(ok ? '' : said).toBe('');
  });

  it.each(faults)('%s: %s', async (_what, script, file, text, says) => {
    await write({ [file]: text });
    const { ok, said } = await run('npm', 'run', script);
    await write({ [file]: sound[file] ?? '' });

    expect({ ok, said }).toEqual({ ok: false, said: expect.stringMatching(says) });
  });
});

describe('the pre-commit hook', () => {
  it('lets a sound change in and keeps an unformatted one out, changing neither', async () => {
    await run('git', 'init', '--quiet', '--initial-branch=main');
    expect(await run('npm', 'run', 'prepare')).toMatchObject({ ok: true });
    await run('git', 'add', '--all');
    const first = await run('git', 'commit', '--quiet', '-m', 'sound');
    const unformatted = 'export const  a =1\n';
    await write({ 'api/planted.ts': unformatted });
    await run('git', 'add', 'api/planted.ts');

    const second = await run('git', 'commit', '--quiet', '-m', 'planted');

    expect({ first: first.ok ? '' : first.said, second: second.ok }).toEqual({ first: '', second: false });
    expect((await run('git', 'log', '--format=%s')).said).toBe('sound');
    expect(await readFile(join(folder, 'api/planted.ts'), 'utf8')).toBe(unformatted);
  }, 240_000);
});
