import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { messageOf } from '../../workflows/contracts/errors.ts';
import { startTemporal, type EmbeddedTemporal } from '../embedded/temporal.ts';
import { startPostgres, type EmbeddedPostgres } from '../embedded/postgres.ts';
import { choosePorts } from '../embedded/ports.ts';
import { identify, isAlive, type ProcessIdentity } from './identity.ts';
import { startSystem } from './system.ts';

const Line = z.object({
  apiUrl: z.string().optional(),
  error: z.string().optional(),
  processes: z.array(z.object({ name: z.string(), pid: z.number() })).optional(),
});

const runner = join(import.meta.dirname, 'testing', 'run-system.ts');
const standIn = join(import.meta.dirname, 'testing', 'stand-in.ts');
const standInApi = join(import.meta.dirname, 'testing', 'stand-in-api.ts');

/** Real servers, started once: what is tested here is the supervision. */
describe('the supervisor', () => {
  let servers: string;
  let postgres: EmbeddedPostgres;
  let temporal: EmbeddedTemporal;
  let stateDir: string;
  let env: Record<string, string>;
  let started: ChildProcess[] = [];

  beforeAll(async () => {
    servers = await mkdtemp(join(tmpdir(), 'astraforge-servers-'));
    const wish = { host: '127.0.0.1', preferred: 25_432 };
    const ports = await choosePorts(join(servers, 'ports.json'), { postgres: wish, temporal: wish, ui: wish });
    [postgres, temporal] = await Promise.all([
      startPostgres({
        dataDir: join(servers, 'p'),
        passwordFile: join(servers, 'pw'),
        port: ports.postgres,
        logFile: join(servers, 'p.log'),
      }),
      startTemporal({ dataDir: join(servers, 't'), port: ports.temporal, uiPort: ports.ui, logFile: join(servers, 't.log') }),
    ]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([postgres.stop(), temporal.stop()]);
    await rm(servers, { recursive: true, force: true });
  });

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'astraforge-state-'));
    env = {
      PATH: process.env['PATH'] ?? '',
      HOME: stateDir,
      STATE_DIR: stateDir,
      DATABASE_URL: postgres.url,
      TEMPORAL_ADDRESS: temporal.address,
      PROVISIONER: 'local',
    };
    started = [];
  });

  afterEach(async () => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(stateDir, { recursive: true, force: true });
  });

  async function run(extra: Record<string, string> = {}, command: string[] = [runner]) {
    const child = spawn(process.execPath, command, { env: { ...env, ...extra }, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    started.push(child);
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    const [text] = (await once(lines, 'line')) as [string];
    const line = Line.parse(JSON.parse(text));
    const identities = (line.processes ?? []).map(({ pid }) => identify(pid)).filter((found) => found !== null);
    return { child, line, identities };
  }

  async function untilGone(identities: ProcessIdentity[]): Promise<void> {
    while (identities.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  it('ends every process on SIGTERM and lets the next start have the same port', async () => {
    const first = await run();
    first.child.kill('SIGTERM');
    const [code] = await once(first.child, 'exit');

    const second = await run();

    expect(code).toBe(0);
    expect(first.identities).toHaveLength(2);
    expect(first.identities.some(isAlive)).toBe(false);
    expect(second.line.apiUrl).toBe(first.line.apiUrl);
  });

  it('leaves no process behind when it is killed -9', async () => {
    const { child, identities } = await run();

    child.kill('SIGKILL');

    await untilGone(identities);
    expect(identities).toHaveLength(2);
  });

  it('ends what an unclean death left, at the next start', async () => {
    // Slow to end by themselves: the next start finds them alive.
    const first = await run({ STAND_IN_SLOW_MS: '6000' });
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const left = first.identities.filter(isAlive);

    const second = await run();

    expect(left).toHaveLength(2);
    expect(second.line.error).toBeUndefined();
    expect(first.identities.some(isAlive)).toBe(false);
    expect(second.identities).toHaveLength(2);
  });

  it('refuses a state folder that another system has, and leaves that one alone', async () => {
    const first = await run();

    const second = await run();

    expect(second.line.error).toMatch(/another AstraForge runs on/);
    expect(first.identities.every(isAlive)).toBe(true);
  });

  it('starts a process again that died', async () => {
    const system = await startSystem({ env }, { mains: { api: standInApi }, processes: ['api'] });
    try {
      const before = await pidOf(system.apiUrl);

      process.kill(before, 'SIGKILL');

      await expect(untilAnotherPid(system.apiUrl, before)).resolves.not.toBe(before);
      expect(system.processes[0]?.restarts).toBe(1);
    } finally {
      await system.stop();
    }
  });

  it('gives a process its own secrets and no other', async () => {
    const secrets = { OPENAI_API_KEY: 'sk-not-for-the-api-process', MODEL: 'gpt-5.5' };
    const system = await startSystem({ env: { ...env, ...secrets } }, { mains: { api: standInApi }, processes: ['api'] });
    try {
      const { environment } = await answer(system.apiUrl);

      expect(environment['OPENAI_API_KEY']).toBeUndefined();
      expect(environment['DATABASE_URL']).toBe(postgres.url);
      expect(environment['MODEL']).toBe('gpt-5.5');
    } finally {
      await system.stop();
    }
  });

  it('ends by itself when npm is killed -9', async () => {
    // A stand-in for npm: its command line says so, and it runs us as npm does.
    const script = `require('node:child_process').spawn(process.execPath, [process.argv[2]], { stdio: ['ignore', 'inherit', 'inherit'] })`;
    const { child, identities } = await run(
      { npm_lifecycle_event: 'start' },
      ['-e', script, '--', 'npm', runner].filter((part) => part !== '--'),
    );

    child.kill('SIGKILL');

    await untilGone(identities);
    expect(identities).toHaveLength(2);
  });

  it('names a port that was asked for and is taken', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = z.object({ port: z.number() }).parse(other.address());

    const attempt = startSystem({ env: { ...env, PORT: String(address.port) } }, { processes: [] });

    await expect(attempt).rejects.toThrow(new RegExp(`PORT=${address.port} cannot be listened on`));
    other.close();
  });

  it('stops what had started when a process does not come up, and shows the end of its log', async () => {
    const broken = join(stateDir, 'broken.ts');
    await writeFile(broken, "console.error('no such table: x'); process.exit(3);");

    const attempt = startSystem({ env }, { mains: { laptop: standIn, api: broken }, processes: ['laptop', 'api'] });

    await expect(attempt).rejects.toThrow(/api: it ended while starting \(exit code 3\)[\s\S]*no such table/);
    const again = await startSystem({ env }, { processes: [] });
    await again.stop();
  });

  it.each([
    ['git', { PATH: '/nonexistent' }, /^git is not on the PATH: install git 2\.38 or newer/],
    [
      'Temporal',
      { TEMPORAL_ADDRESS: '127.0.0.1:9' },
      /^temporal: 127\.0\.0\.1:9 .* does not answer: .*; start that server, correct TEMPORAL_ADDRESS/,
    ],
    ['Postgres', { DATABASE_URL: 'postgres://u:topsecret@127.0.0.1:9/d' }, /^database: 127\.0\.0\.1:9\/d does not answer: .*DATABASE_URL/],
  ])(
    'says in one sentence that %s cannot be used',
    async (_what, change, sentence) => {
      const attempt = startSystem({ env: { ...env, ...change } }, { processes: [] });

      const message = await attempt.then(() => '', messageOf);
      expect(message).toMatch(sentence);
      expect(message).not.toContain('\n');
      expect(message).not.toContain('topsecret');
    },
    30_000,
  );
});

const Answer = z.object({ pid: z.number(), environment: z.record(z.string(), z.string()) });

async function answer(url: string): Promise<z.infer<typeof Answer>> {
  return Answer.parse(await (await fetch(url)).json());
}

async function pidOf(url: string): Promise<number> {
  return (await answer(url)).pid;
}

async function untilAnotherPid(url: string, before: number): Promise<number> {
  for (;;) {
    const found = await pidOf(url).catch(() => before);
    if (found !== before) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
