import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { z } from 'zod';
import { choosePorts } from '../cli/embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../cli/embedded/postgres.ts';
import { type EmbeddedTemporal, startTemporal, temporalArguments } from '../cli/embedded/temporal.ts';
import { type ProcessName, processDefinitions } from '../cli/processes/definitions.ts';
import { healthProblem } from '../cli/processes/health.ts';
import { loadConfig } from '../config/env.ts';
import { loadOrCreateKeys } from '../config/keys.ts';
import { secretSettings, settingsSchema } from '../config/settings.ts';

// @rooms cli config deploy activities api workspace/gateway
const root = join(import.meta.dirname, '..');
const names = ['gateway', 'worker', 'host', 'api'] as const satisfies readonly ProcessName[];

const Service = z.object({
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  extra_hosts: z.array(z.string()).optional(),
});
const Compose = z.object({ services: z.record(z.string(), Service) });
type Service = z.infer<typeof Service>;

/** The file as docker-compose understands it; fails where docker-compose (Debian's) is missing or refuses the file. */
async function readCompose(): Promise<Record<string, Service>> {
  const args = ['--file', 'docker-compose.temporal.yml', 'config'];
  const { stdout } = await execa('docker-compose', args, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '' },
    extendEnv: false,
    stdin: 'ignore',
  });
  return Compose.parse(parse(stdout)).services;
}

function service(services: Record<string, Service>, name: string): Service {
  const found = services[name];
  if (!found) throw new Error(`docker-compose.temporal.yml has no service ${name}`);
  return found;
}

describe('docker-compose.temporal.yml', () => {
  let services: Record<string, Service>;

  beforeAll(async () => {
    services = await readCompose();
  });

  it.each(names)('runs %s with the command and the secrets of the supervisor', (name) => {
    const { command, environment } = service(services, name);

    const definition = processDefinitions[name];
    const secrets = Object.keys(environment).filter((key) => (secretSettings as readonly string[]).includes(key));
    expect(command).toEqual(['node', definition.main]);
    expect(secrets.toSorted()).toEqual(definition.secrets.toSorted());
  });

  it.each(names)('gives %s settings that exist and that it accepts', (name) => {
    const { environment } = service(services, name);

    const unknown = Object.keys(environment).filter((key) => !(key in settingsSchema.shape) && key !== 'NODE_ENV');
    expect(unknown).toEqual([]);
    expect(() => loadConfig(environment)).not.toThrow();
  });

  it('runs Temporal with the arguments of the embedded one', () => {
    const { command } = service(services, 'temporal');

    const expected = { databaseFile: '/var/lib/temporal/temporal.db', ip: '0.0.0.0', port: 7233, uiPort: 8233, namespace: 'default' };
    expect(command).toEqual(temporalArguments(expected));
  });

  it('lets the gateway reach a model server on the machine itself', () => {
    const { extra_hosts: hosts } = service(services, 'gateway');

    expect(hosts).toEqual(['host.docker.internal:host-gateway']);
  });

  it('builds an image from what the installation has', async () => {
    const dockerfile = await readFile(join(root, 'deploy/image/Dockerfile'), 'utf8');

    const manifest = z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    expect(dockerfile).toContain('npm ci --omit=dev');
    expect(Object.keys(manifest.devDependencies)).not.toContain('node');
  });
});

describe('the services of the compose file, as processes', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let temporal: EmbeddedTemporal;
  let apiPort: number;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'af-compose-'));
    const wish = { host: '127.0.0.1', preferred: 29_080 };
    const ports = await choosePorts(join(folder, 'ports.json'), { postgres: wish, temporal: wish, ui: wish, api: wish });
    apiPort = ports.api;
    [postgres, temporal] = await Promise.all([
      startPostgres({ dataDir: join(folder, 'p'), passwordFile: join(folder, 'pw'), port: ports.postgres, logFile: join(folder, 'p.log') }),
      startTemporal({ dataDir: join(folder, 't'), port: ports.temporal, uiPort: ports.ui, logFile: join(folder, 't.log') }),
    ]);
  });

  afterAll(async () => {
    for (const child of running) {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await Promise.all([postgres.stop(), temporal.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** The service's own environment; only where things are is another place. */
  function environmentOf(found: Service): Record<string, string> {
    const placed = Object.entries(found.environment).map(([name, value]) => [name, value.replaceAll('/var/lib/astraforge', folder)]);
    return {
      ...Object.fromEntries(placed),
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      DATABASE_URL: postgres.url,
      DATABASE_DIRECT_URL: postgres.url,
      TEMPORAL_ADDRESS: temporal.address,
      PORT: String(apiPort),
      PUBLIC_URL: `http://127.0.0.1:${apiPort}`,
    };
  }

  function start(name: string, found: Service): void {
    const log = openSync(join(folder, `${name}.log`), 'a');
    const [, ...args] = found.command ?? [];
    running.push(spawn(process.execPath, args, { cwd: root, env: environmentOf(found), stdio: ['ignore', log, log] }));
    closeSync(log);
  }

  it('come up together and answer', async () => {
    const services = await readCompose();
    for (const name of names) start(name, service(services, name));

    for (const address of [`http://127.0.0.1:${apiPort}`, `unix:${join(folder, 'gateway', 'sockets', 'service.sock')}`]) {
      await untilHealthy(address, running);
    }
    await untilLogged(join(folder, 'worker.log'), '"ready"');
    await untilLogged(join(folder, 'host.log'), '"ready"');

    const { startupToken } = await loadOrCreateKeys(join(folder, 'keys'));
    const answer = await fetch(`http://127.0.0.1:${apiPort}/api/me`, { headers: { authorization: `Bearer ${startupToken}` } });
    expect(answer.status).toBe(200);
    expect(running.map(({ exitCode }) => exitCode)).toEqual([null, null, null, null]);
  });
});

async function untilHealthy(address: string, children: ChildProcess[]): Promise<void> {
  while ((await healthProblem(address, 1_000)) !== null) {
    const ended = children.filter(({ exitCode }) => exitCode !== null);
    if (ended.length > 0) throw new Error(`ended before they were ready: ${ended.map(({ spawnargs }) => spawnargs.join(' ')).join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function untilLogged(file: string, text: string): Promise<void> {
  while (!(await readFile(file, 'utf8')).includes(text)) await new Promise((resolve) => setTimeout(resolve, 100));
}
