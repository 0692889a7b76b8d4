import { extractTablesRelationalConfig, createTableRelationsHelpers } from 'drizzle-orm';
import { PgDatabase, PgDialect } from 'drizzle-orm/pg-core';
import { PostgresJsSession, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import type { Logger } from '../config/logger.ts';
import { DomainError, messageOf } from '../workflows/contracts/errors.ts';
import { describeDatabase, translateDatabaseError, translateSetupError } from './database-errors.ts';
import type { Database, Tx } from './port.ts';
import * as schema from './schema.ts';
import { createSessionPool, takeRole, type Session, type SessionPool } from './session-pool.ts';

export interface DatabaseOptions {
  /** For transactions; a transaction pooler may stand behind it (`?prepare=false` for one without prepared statements). */
  url: string;
  /** For LISTEN: a connection of its own, never through a pooler. */
  directUrl: string;
  logger: Logger;
  maxConnections?: number;
}

type DatabaseRole = 'astraforge_app' | 'astraforge_relay' | 'astraforge_housekeeper';

const dialect = new PgDialect();
const { tables, tableNamesMap } = extractTablesRelationalConfig(schema, createTableRelationsHelpers);
const relationalSchema = { fullSchema: schema, schema: tables, tableNamesMap };
const closeTimeoutMs = 5_000;

/**
 * Opens the database and proves that it answers. Throws DomainError `database-unreachable` (transient), `database-refused` or
 * `database-url` (permanent), each naming the mend. The same errors come out of every transaction later.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = createSessionPool(checkedUrl(options.url), options.maxConnections ?? 10);
  try {
    pool.release(await pool.acquire(), false);
  } catch (error) {
    await pool.end(0);
    throw translateDatabaseError(error, options.url);
  }
  const listener = createListener(checkedUrl(options.directUrl), options.logger);
  return {
    withTenant: (tenantId, work) => {
      if (tenantId === '') throw new DomainError('permanent', 'tenant-missing', 'A database transaction needs a tenant; none was given.');
      return inTransaction(pool, options.url, 'astraforge_app', tenantId, work);
    },
    asRelay: (work) => inTransaction(pool, options.url, 'astraforge_relay', '', work),
    asHousekeeper: (work) => inTransaction(pool, options.url, 'astraforge_housekeeper', '', work),
    listen: listener.listen,
    close: async () => {
      await Promise.all([listener.close(), pool.end(closeTimeoutMs)]);
    },
  };
}

function checkedUrl(url: string): string {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  throw new DomainError('permanent', 'database-url', 'DATABASE_URL is not a URL like postgres://user:password@host:5432/name; correct it.');
}

/**
 * BEGIN, role and tenant go out in one packet together with the first statement of `work`, so that a transaction of n
 * statements costs n + 1 round trips. Should the role be refused, the transaction is aborted and nothing after it has effect.
 */
async function inTransaction<T>(
  pool: SessionPool,
  url: string,
  role: DatabaseRole,
  tenantId: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const session = await pool.acquire().catch((error: unknown) => {
    throw translateDatabaseError(error, url);
  });
  const { sql } = session;
  const setup = Promise.all([
    session.run(() => sql.unsafe('begin')),
    session.run(() => sql.unsafe(takeRole, [role, tenantId], { prepare: true })),
  ]).catch((error: unknown) => new SetupFailure(error));
  // Without prepared statements postgres.js would queue: see session-pool.ts.
  const client = transactionClient(session, sql.options.prepare ? Promise.resolve() : setup);
  let ended = false;
  try {
    const result = await work(openTx(client.sql));
    client.close();
    const failure = await setup;
    if (failure instanceof SetupFailure) throw failure;
    const { command } = await session.run(() => sql.unsafe('commit'));
    ended = true;
    // Postgres answers a COMMIT of an aborted transaction with ROLLBACK: `work` swallowed the error of a statement.
    if (command === 'ROLLBACK')
      throw new DomainError(
        'permanent',
        'transaction-aborted',
        'A statement of the transaction failed and was ignored; nothing was written.',
      );
    return result;
  } catch (error) {
    client.close();
    const failure = await setup;
    if (failure instanceof SetupFailure) throw translateSetupError(failure.cause, url, role);
    throw translateDatabaseError(error, url);
  } finally {
    pool.release(session, !ended && !(await rolledBack(session)));
  }
}

class SetupFailure extends Error {
  constructor(cause: unknown) {
    super('the role of the transaction was refused', { cause });
  }
}

async function rolledBack(session: Session): Promise<boolean> {
  if (session.lost) return false;
  try {
    await session.run(() => session.sql.unsafe('rollback'));
    return true;
  } catch {
    return false;
  }
}

function openTx(client: Sql): Tx {
  return new PgDatabase<PostgresJsQueryResultHKT, typeof schema>(
    dialect,
    new PostgresJsSession(client, dialect, relationalSchema as never),
    relationalSchema as never,
  );
}

/**
 * The part of postgres.js that drizzle uses, for one transaction: prepared statements, strictly one after the other (nothing may
 * queue inside postgres.js: see session-pool.ts). Refuses statements once the transaction ended, where a forgotten await would
 * run without role and tenant, or once its connection was lost.
 */
function transactionClient(session: Session, ready: Promise<unknown>): { sql: Sql; close: () => void } {
  let open = true;
  let last = ready;
  let savepoints = 0;
  const { sql } = session;

  function enqueue<T>(send: () => PromiseLike<T>): Promise<T> {
    const result = last.then(() => {
      if (!open) throw new Error('a statement came after the end of its transaction: an await is missing');
      return session.run(send);
    });
    last = result.catch(() => undefined);
    return result;
  }

  function unsafe(query: string, parameters: never[] = [], options: { prepare?: boolean } = {}) {
    const create = () => sql.unsafe(query, parameters.map(storable), { ...options, prepare: true });
    return {
      values: () => enqueue(() => create().values()),
      then: (resolve: (rows: unknown) => unknown, reject: (error: unknown) => unknown) => enqueue(create).then(resolve, reject),
    };
  }

  async function savepoint<T>(work: (client: Sql) => Promise<T>): Promise<T> {
    const name = `s${++savepoints}`;
    await unsafe(`savepoint ${name}`);
    try {
      const result = await work(client);
      await unsafe(`release savepoint ${name}`);
      return result;
    } catch (error) {
      await unsafe(`rollback to savepoint ${name}`);
      throw error;
    }
  }

  const client = { options: sql.options, unsafe, savepoint, begin: savepoint } as unknown as Sql;
  return { sql: client, close: () => (open = false) };
}

/** No text of Postgres holds a NUL character, and agents may write one. */
function storable(parameter: never): never {
  const value: unknown = parameter;
  return typeof value === 'string' && value.includes('\0') ? (value.replaceAll('\0', '\uFFFD') as never) : parameter;
}

function createListener(directUrl: string, logger: Logger): Pick<Database, 'listen' | 'close'> {
  let client: Sql | null = null;

  return {
    async listen(channel, onPayload, onReconnect) {
      client ??= postgres(directUrl, {
        max: 1,
        onnotice: () => undefined,
        fetch_types: false,
        backoff: (retries: number) => Math.min(0.1 * 2 ** retries, 1),
        connection: { application_name: 'astraforge-listen' },
      });
      let connections = 0;
      try {
        const { unlisten } = await client.listen(channel, onPayload, () => {
          if (++connections === 1) return;
          logger.info('listening again after the database connection was lost', { channel });
          onReconnect();
        });
        return unlisten;
      } catch (error) {
        logger.warn('cannot listen to the database', { channel, database: describeDatabase(directUrl), error: messageOf(error) });
        throw translateDatabaseError(error, directUrl);
      }
    },
    async close() {
      await client?.end({ timeout: 0 });
    },
  };
}
