import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getTableColumns, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import postgres from 'postgres';
import { createLogger } from '../config/logger.ts';
import { openDatabase } from './database.ts';
import { ensureEventPartitions, eventPartitionMonths } from './events-partitions.ts';
import { migrate } from './migrate.ts';
import * as schema from './schema.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const logger = createLogger('test', { silent: true });
const repository = fileURLToPath(new URL('..', import.meta.url));
let test: TestDatabase;
let admin: postgres.Sql;
const made: string[] = [];

beforeAll(async () => {
  test = await openTestDatabase();
  admin = postgres(test.url, { max: 1, onnotice: () => undefined });
});

afterEach(async () => {
  for (const statement of made.splice(0).reverse()) await admin.unsafe(statement);
});

afterAll(async () => {
  await admin.end();
  await test.close();
});

/** An empty database, dropped after the test; its URL. */
async function emptyDatabase(owner = 'postgres'): Promise<string> {
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  await admin.unsafe(`create database ${name} owner ${owner}`);
  made.push(`drop database ${name} with (force)`);
  const url = new URL(test.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** A login without any privilege, dropped after the test. */
async function plainUser(): Promise<string> {
  const name = `user_${randomUUID().replaceAll('-', '')}`;
  await admin.unsafe(`create role ${name} login password 'plain'`);
  made.push(`drop role ${name}`);
  return name;
}

function asUser(url: string, user: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = 'plain';
  return changed.href;
}

async function applied(url: string): Promise<number> {
  const sql = postgres(url, { max: 1 });
  const rows = await sql`select 1 from drizzle.__drizzle_migrations`;
  await sql.end();
  return rows.count;
}

async function migrationFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.sql'));
}

describe('migrate', () => {
  it('applies every migration once when several processes start at the same time, and again later', async () => {
    const url = await emptyDatabase();

    await Promise.all(Array.from({ length: 4 }, () => migrate({ directUrl: url, logger })));
    await migrate({ directUrl: url, logger });

    expect(await applied(url)).toBe((await migrationFiles(join(repository, 'db/migrations'))).length);
  });

  it('works for two databases of one cluster at once', async () => {
    const urls = [await emptyDatabase(), await emptyDatabase()];

    await Promise.all(urls.map((directUrl) => migrate({ directUrl, logger })));

    expect(await Promise.all(urls.map(applied))).toEqual([await applied(test.url), await applied(test.url)]);
  });

  it('works for a user without rights of its own that an administrator gave the roles to', async () => {
    const user = await plainUser();
    for (const role of ['owner', 'app', 'relay', 'housekeeper']) await admin.unsafe(`grant astraforge_${role} to ${user}`);
    const url = await emptyDatabase('astraforge_owner');

    await migrate({ directUrl: asUser(url, user), logger });
    const database = await openDatabase({ url: asUser(url, user), directUrl: url, logger });
    await database.withTenant('a', (tx) => tx.insert(schema.tenants).values({ tenantId: 'a', name: 'a' }));
    const seen = await database.withTenant('a', (tx) => tx.select().from(schema.tenants));
    await database.close();

    expect(seen).toHaveLength(1);
  });

  it('says what an administrator is to do for a user without the roles', async () => {
    const user = await plainUser();
    const url = await emptyDatabase();

    const migrating = migrate({ directUrl: asUser(url, user), logger });

    await expect(migrating).rejects.toMatchObject({ kind: 'permanent', code: 'database-roles' });
    await expect(migrating).rejects.toThrow(/administrator create astraforge_owner/);
  });

  it('says that a process whose user lacks a role cannot work', async () => {
    const user = await plainUser();
    const database = await openDatabase({ url: asUser(test.url, user), directUrl: test.url, logger });

    const work = database.withTenant('a', (tx) => tx.select().from(schema.tenants));

    await expect(work).rejects.toMatchObject({ kind: 'permanent', code: 'database-role' });
    await database.close();
  });

  it('names the server that is away', async () => {
    const migrating = migrate({ directUrl: 'postgres://u:p@127.0.0.1:1/x', logger });

    await expect(migrating).rejects.toMatchObject({ kind: 'transient', code: 'database-unreachable' });
  });
});

describe('the migrations', () => {
  it('need no further one to reach schema.ts', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'astraforge-migrations-'));
    await cp(join(repository, 'db/migrations'), copy, { recursive: true });
    const kit = join(repository, 'node_modules/drizzle-kit/bin.cjs');

    await promisify(execFile)(process.execPath, [kit, 'generate', '--dialect=postgresql', '--schema=db/schema.ts', `--out=${copy}`], {
      cwd: repository,
    });

    const files = await migrationFiles(copy);
    await rm(copy, { recursive: true });
    expect(files).toEqual(await migrationFiles(join(repository, 'db/migrations')));
  });

  it('make the tables and columns that schema.ts declares', async () => {
    const declared = Object.values(schema)
      .filter((value) => is(value, PgTable))
      .flatMap((table) =>
        Object.values(getTableColumns(table)).map(
          (column) => `${getTableConfig(table).name}.${column.name} ${column.getSQLType()}${column.notNull ? ' not null' : ''}`,
        ),
      );

    const actual = await admin<{ line: string }[]>`
      select format('%s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' end) as line
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;

    expect(actual.map(({ line }) => line).sort()).toEqual(declared.sort());
  });
});

describe('ensureEventPartitions', () => {
  it('is done ahead of time by the migration, and again by the housekeeper once a month is missing', async () => {
    const again = await test.database.asHousekeeper(ensureEventPartitions);
    const [last] = await admin<{ name: string }[]>`
      select max(relname) as name from pg_class where relispartition and relkind = 'r' and relname <> 'events_default'`;
    await admin.unsafe(`drop table ${last!.name}`);

    const afterDrop = await test.database.asHousekeeper(ensureEventPartitions);

    expect([again, afterDrop]).toEqual([0, 1]);
  });

  it('takes over what came before its month was made', async () => {
    const month = new Date();
    month.setUTCMonth(month.getUTCMonth() + eventPartitionMonths, 15);
    const [last] = await admin<{ name: string }[]>`
      select max(relname) as name from pg_class where relispartition and relkind = 'r' and relname <> 'events_default'`;
    await admin.unsafe(`drop table ${last!.name}`);
    await test.database.withTenant('a', (tx) =>
      tx.insert(schema.events).values({
        tenantId: 'a',
        requestId: 'r',
        seq: 1,
        type: 'warning',
        data: {},
        emittedAt: month,
        partitionAt: month,
      }),
    );

    await test.database.asHousekeeper(ensureEventPartitions);

    const [row] = await admin<{ place: string }[]>`select tableoid::regclass::text as place from events where request_id = 'r'`;
    expect(row?.place).toBe(last!.name);
  });
});
