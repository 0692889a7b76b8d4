// @rooms workspace/provisioners cli/processes
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { createApiClient, unwrap } from '../api/client/index.ts';
import { processEnvironment } from '../config/env.ts';
import { findCodex } from '../workspace/executors/codex/binary.ts';
import { makeBareRepository } from './harness/repository.ts';
import { fence } from './harness/system.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const limitMs = 240_000;
const warning = 'agents run as plain processes without any isolation';

let folder: string;
let running: ChildProcess | null = null;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'af-plain-'));
});
afterAll(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    running.kill('SIGINT');
    await once(running, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}, limitMs);

/** Every bubblewrap that this machine has. */
function bubblewraps(): string[] {
  const codex = findCodex();
  const shipped = codex?.bwrap ? [join(codex.root, codex.bwrap)] : [];
  return [...shipped, '/usr/bin/bwrap', '/usr/local/bin/bwrap'].filter((path) => existsSync(path));
}

/** A command line of AstraForge on a machine of its own view, where no bubblewrap can be executed. */
function withoutBubblewrap(...args: string[]): [string, string[]] {
  const hide = bubblewraps().map((path) => `mount --bind /dev/null '${path}'`);
  const { getuid, getgid } = process;
  const isRoot = getuid?.() === 0;
  // Somebody else than root may mount in a user namespace of their own, and is themselves again in the next one.
  const self = isRoot ? '' : `unshare --user --map-user=${getuid?.()} --map-group=${getgid?.()} `;
  const script = [...hide, `exec ${self}"$@"`].join(' && ');
  const namespaces = ['--mount', '--propagation', 'private', ...(isRoot ? [] : ['--user', '--map-root-user'])];
  return ['unshare', [...namespaces, 'sh', '-c', script, 'sh', process.execPath, 'cli/main.ts', ...args]];
}

function environment(name: string): Record<string, string> {
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = processEnvironment();
  return { PATH, HOME, PORT: '0', PROVISIONER: 'local', STATE_DIR: join(folder, name), ...(XDG_CACHE_HOME ? { XDG_CACHE_HOME } : {}) };
}

describe('without bubblewrap', () => {
  it(
    'a start is refused by name with the mend, and leaves nothing running',
    async () => {
      const [command, args] = withoutBubblewrap('start', '--json');

      const refused = await execa(command, args, {
        cwd: root,
        env: environment('refused'),
        extendEnv: false,
        stdin: 'ignore',
        reject: false,
        timeout: limitMs,
      });

      expect(refused.exitCode).not.toBe(0);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'isolation-missing' } });
      expect(refused.stdout).toMatch(/no bubblewrap sandbox can start here.*user namespaces.*--unsafe-plain/);
      const left = await execa('ps', ['-eo', 'args']);
      expect(left.stdout.split('\n').filter((line) => line.includes(join(folder, 'refused')))).toEqual([]);
    },
    limitMs,
  );

  it(
    '--unsafe-plain starts it, a request gets through, and every command goes on to warn',
    async () => {
      const [command, args] = withoutBubblewrap('start', '--unsafe-plain', '--json');
      running = spawn(command, args, { cwd: root, env: environment('plain'), stdio: ['ignore', 'pipe', 'pipe'] });
      let printed = '';
      running.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const line = await firstLine(running, () => printed);
      const { apiUrl, signInUrl } = JSON.parse(line) as { apiUrl: string; signInUrl: string };
      const token = new URL(signInUrl).searchParams.get('token') ?? '';
      const client = createApiClient({ baseUrl: apiUrl, token });

      const repositoryUrl = await makeBareRepository(join(folder, 'forge.git'), { 'a.txt': 'one\n' });
      const project = { name: 'plain', repositoryUrl, repositoryKind: 'git' as const, forge: 'local', settings: {} };
      await unwrap(client.POST('/api/projects', { body: project }));
      const prompt = `Write it.\n\n${fence('- write: { path: b.txt, content: "two\\n" }\n- say: Written.')}`;
      const { requestId } = await unwrap(client.POST('/api/requests', { body: { project: 'plain', prompt } }));
      const stage = await untilSettled(() => unwrap(client.GET('/api/requests/{requestId}', { params: { path: { requestId } } })));
      const options = await unwrap(client.GET('/api/options'));
      const listed = await execa(process.execPath, ['cli/main.ts', 'list', '--url', apiUrl, '--token', token], {
        cwd: root,
        env: environment('plain'),
        extendEnv: false,
      });
      const doctor = await execa(process.execPath, ['cli/main.ts', 'doctor'], {
        cwd: root,
        env: { ...environment('plain'), UNSAFE_PLAIN: 'true' },
        extendEnv: false,
        reject: false,
      });

      expect(stage).toBe('PATCH_READY');
      expect(printed).toContain(warning);
      expect(options.warnings).toEqual([expect.stringContaining(warning)]);
      expect(listed.stderr).toContain(warning);
      expect(listed.stdout).toContain(requestId);
      expect(doctor.stdout).toMatch(/isolation +NONE \(--unsafe-plain\)/);
      expect(doctor.stdout).toMatch(/memory +watchdog/);
    },
    limitMs,
  );
});

async function firstLine(child: ChildProcess, said: () => string): Promise<string> {
  if (child.stdout === null) throw new Error('the child has no output');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`the system ended before it served:\n${said()}`);
}

/** The stage at which the request waits for somebody or has ended; the test's own time limit ends it. */
async function untilSettled(ask: () => Promise<{ stage: string }>): Promise<string> {
  for (;;) {
    const { stage } = await ask();
    if (!['RECEIVED', 'EXECUTING'].includes(stage)) return stage;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
