import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql, type SQL } from 'drizzle-orm';
import postgres from 'postgres';
import { databaseErrorCode } from './database-errors.ts';
import type { Tx } from './port.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const refused = '42501';

interface Column {
  name: string;
  type: string;
}

/** What the housekeeper may look at in every tenant, and nothing else. */
const housekept = ['hosts', 'idempotency_keys', 'llm_calls', 'projects', 'requests', 'runs', 'slots', 'tenants', 'workspaces'];

let test: TestDatabase;
let admin: postgres.Sql;
/** From the catalog: every table with a tenant, with the columns that a row needs. */
let tables: Map<string, Column[]>;

beforeAll(async () => {
  test = await openTestDatabase();
  admin = postgres(test.url, { max: 1, onnotice: () => undefined });
  const columns = await admin<{ table: string; name: string; type: string; needed: boolean }[]>`
    select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type, a.attnotnull and not a.atthasdef as needed
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')`;
  tables = new Map(columns.map(({ table }) => [table, columns.filter((c) => c.table === table && c.needed)]));
  // Made-up values would break them, and they are not what is proven here.
  const checks = await admin<{ table: string; name: string }[]>`
    select conrelid::regclass::text as table, conname as name from pg_constraint
    where contype = 'c' and connamespace = 'public'::regnamespace and coninhcount = 0`;
  for (const { table, name } of checks) await admin.unsafe(`alter table ${table} drop constraint ${name}`);
  for (const table of tables.keys()) await admin.unsafe(insertStatement(table, 'b'));
});

afterAll(async () => {
  await admin.end();
  await test.close();
});

function madeUp({ name, type }: Column, tenantId: string): string {
  if (name === 'tenant_id') return `'${tenantId}'`;
  switch (type) {
    case 'text':
      return `'${tenantId}-${name}'`;
    case 'integer':
    case 'bigint':
      return '1';
    case 'boolean':
      return 'true';
    case 'jsonb':
      return `'{}'`;
    case 'bytea':
      return `'\\x00'`;
    case 'timestamp with time zone':
      return 'now()';
    default:
      throw new Error(`make up a value for a column of type ${type}`);
  }
}

/** Ids of the row start with `idTenant`, so that a row of another tenant never fails for its key. */
function insertStatement(table: string, tenantId: string, idTenant = tenantId): string {
  const columns = tables.get(table) ?? [];
  const values = columns.map((column) => (column.name === 'tenant_id' ? `'${tenantId}'` : madeUp(column, idTenant)));
  return `insert into ${table} (${columns.map(({ name }) => name).join(', ')}) values (${values.join(', ')})`;
}

/** How many rows a statement touched, or the code of its refusal. */
async function outcome(run: (work: (tx: Tx) => Promise<number>) => Promise<number>, statement: string): Promise<number | string> {
  try {
    return await run(async (tx) => (await tx.execute(sql.raw(statement) as SQL)).count ?? 0);
  } catch (error) {
    return databaseErrorCode(error) ?? String(error);
  }
}

function asTenant(tenantId: string) {
  return (work: (tx: Tx) => Promise<number>) => test.database.withTenant(tenantId, work);
}

async function forEachTable(probe: (table: string) => Promise<number | string>): Promise<Record<string, number | string>> {
  const results: Record<string, number | string> = {};
  for (const table of tables.keys()) results[table] = await probe(table);
  return results;
}

function everyTable(value: number | string): Record<string, number | string> {
  return Object.fromEntries([...tables.keys()].map((table) => [table, value]));
}

describe('row-level security', () => {
  it('is on and forced for every table with a tenant, partitions too', async () => {
    const open = await admin<{ table: string }[]>`
      select c.relname as table from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
        and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')`;

    expect(open).toEqual([]);
    expect(tables.size).toBeGreaterThan(20);
  });

  it('is not bypassed by any role of ours, and none but the owner owns a table', async () => {
    const roles = await admin`select rolname from pg_roles where rolname like 'astraforge%' and (rolsuper or rolbypassrls or rolcanlogin)`;
    const owners = await admin`select distinct tableowner as owner from pg_tables where schemaname = 'public'`;

    expect(roles).toHaveLength(0);
    expect(owners.map(({ owner }) => owner)).toEqual(['astraforge_owner']);
  });

  it('shows a tenant nothing of another one', async () => {
    const seen = await forEachTable((table) => outcome(asTenant('a'), `select 1 from ${table}`));
    const own = await forEachTable((table) => outcome(asTenant('b'), `select 1 from ${table}`));

    expect(seen).toEqual(everyTable(0));
    expect(own).toEqual(everyTable(1));
  });

  it('lets a tenant change and delete nothing of another one', async () => {
    const changed = await forEachTable((table) => outcome(asTenant('a'), `update ${table} set tenant_id = 'a'`));
    const deleted = await forEachTable((table) => outcome(asTenant('a'), `delete from ${table}`));

    const left = await forEachTable(async (table) => (await admin.unsafe(`select 1 from ${table} where tenant_id = 'b'`)).count);
    for (const result of [...Object.values(changed), ...Object.values(deleted)]) expect([0, refused]).toContain(result);
    expect(left).toEqual(everyTable(1));
  });

  it('lets a tenant write rows of its own only', async () => {
    const foreign = await forEachTable((table) => outcome(asTenant('a'), insertStatement(table, 'b', 'a')));
    const own = await forEachTable((table) => outcome(asTenant('a'), insertStatement(table, 'a')));

    expect(foreign).toEqual(everyTable(refused));
    expect(own).toEqual(everyTable(1));
  });

  it('lets a tenant give none of its rows to another one', async () => {
    const given = await forEachTable((table) => outcome(asTenant('a'), `update ${table} set tenant_id = 'b' where tenant_id = 'a'`));

    expect(given).toEqual(everyTable(refused));
  });

  it('shows nothing to the app role without a tenant', async () => {
    const seen = await forEachTable(async (table) => {
      const rows = await admin.begin(async (tx) => {
        await tx.unsafe('set local role astraforge_app');
        return tx.unsafe(`select 1 from ${table}`);
      });
      return rows.count;
    });

    expect(seen).toEqual(everyTable(0));
  });

  it('keeps partitions out of reach, but through their table', async () => {
    const partitions = await admin<{ name: string }[]>`select relname as name from pg_class where relispartition and relkind = 'r'`;

    const read = await Promise.all(partitions.map(({ name }) => outcome(asTenant('b'), `select 1 from ${name}`)));

    expect(partitions.length).toBeGreaterThan(3);
    expect(new Set(read)).toEqual(new Set([refused]));
  });

  it('shows the relay the inbox of every tenant and nothing else', async () => {
    const asRelay = (work: (tx: Tx) => Promise<number>) => test.database.asRelay(work);

    const seen = await forEachTable((table) => outcome(asRelay, `select 1 from ${table}`));
    const stolen = await outcome(asRelay, `update inbox set payload = '{}'`);

    const total = (await admin`select 1 from inbox`).count;
    expect(seen).toEqual({ ...everyTable(refused), inbox: total });
    expect(stolen).toBe(refused);
  });

  it('shows the housekeeper where work stands in every tenant, and no contents', async () => {
    const asHousekeeper = (work: (tx: Tx) => Promise<number>) => test.database.asHousekeeper(work);

    const seen = await forEachTable((table) => outcome(asHousekeeper, `select tenant_id from ${table}`));
    const written = await forEachTable((table) => outcome(asHousekeeper, insertStatement(table, 'c')));
    const snapshots = await outcome(asHousekeeper, 'select snapshot from requests');
    const models = await outcome(asHousekeeper, 'select model from llm_calls');
    const settings = await outcome(asHousekeeper, 'select settings from projects');

    const allowed = Object.keys(seen).filter((table) => seen[table] !== refused);
    expect(allowed.sort()).toEqual(housekept.filter((table) => tables.has(table)));
    expect(written).toEqual(everyTable(refused));
    expect([snapshots, models, settings]).toEqual([refused, refused, refused]);
  });

  it('lets no role make or change tables', async () => {
    const attempts = ['create table mine (id int)', 'alter table requests disable row level security', 'drop table requests'];

    const results = await Promise.all(attempts.map((statement) => outcome(asTenant('a'), statement)));

    expect(results).toEqual([refused, refused, refused]);
  });
});
