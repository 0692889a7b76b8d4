import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { identify, isAlive } from '../processes/identity.ts';
import { choosePorts } from './ports.ts';
import { type EmbeddedPostgres, startPostgres } from './postgres.ts';

describe('startPostgres', () => {
  let template: string;
  let folder: string;
  let running: EmbeddedPostgres[] = [];

  // initdb takes seconds: one data folder is made, each test gets a copy.
  beforeAll(async () => {
    // 0700 and ours, as a clone in a home or a temporary folder is: as root, the system user postgres cannot enter it.
    template = await mkdtemp(join(tmpdir(), 'astraforge-postgres-'));
    folder = template;
    await (await start()).stop();
  });

  afterAll(() => rm(template, { recursive: true, force: true }));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'astraforge-postgres-'));
    await cp(template, folder, { recursive: true });
    running = [];
  });

  afterEach(async () => {
    for (const server of running) await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(dataDir = join(folder, 'postgres')): Promise<EmbeddedPostgres> {
    const { postgres: port } = await choosePorts(join(folder, 'ports.json'), { postgres: { host: '127.0.0.1', preferred: 15432 } });
    const server = await startPostgres({
      dataDir,
      passwordFile: join(folder, 'keys', 'password'),
      port,
      logFile: join(folder, 'postgres.log'),
    });
    running.push(server);
    return server;
  }

  async function query(url: string, text: string): Promise<unknown[]> {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      return [...(await sql.unsafe(text))];
    } finally {
      await sql.end();
    }
  }

  it('keeps what was committed over a clean restart', async () => {
    const first = await start();
    await query(first.url, 'create table kept (n int); insert into kept values (7)');
    await first.stop();

    const second = await start();

    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    expect(second.url).toBe(first.url);
    expect(isAlive({ pid: first.pid, startedAt: 'other' })).toBe(false);
  });

  it('lets nobody in without the password', async () => {
    const server = await start();

    const attempt = query(server.url.replace(/:[^:@/]+@/, ':wrong-password@'), 'select 1');

    await expect(attempt).rejects.toThrow(/password authentication failed/);
    expect((await stat(join(folder, 'keys', 'password'))).mode & 0o777).toBe(0o600);
  });

  it('ends a server that an unclean death left and recovers its data', async () => {
    const left = await start();
    await query(left.url, 'create table kept (n int); insert into kept values (8)');
    const identity = identify(left.pid);

    const next = await start();

    expect(identity && isAlive(identity)).toBe(false);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 8 }]);
  });

  it('starts after kill -9 with a pid file whose pid belongs to another program by now', async () => {
    const killed = await start();
    await query(killed.url, 'create table kept (n int); insert into kept values (9)');
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;
    await writeFile(join(folder, 'postgres', 'postmaster.pid'), `${process.pid}\n${join(folder, 'postgres')}\n`);

    const next = await start();

    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 9 }]);
  });

  it('makes the data folder anew when the first start was interrupted half-way', async () => {
    await rm(join(folder, 'postgres.initialised'));
    await rm(join(folder, 'postgres', 'global'), { recursive: true });

    const server = await start();

    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});
