import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql } from 'postgres';
import type { Logger } from '../config/logger.ts';
import { DomainError } from '../workflows/contracts/errors.ts';
import { translateDatabaseError } from './database-errors.ts';
import { eventPartitionMonths } from './events-partitions.ts';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));
const owner = 'astraforge_owner';
const roles = [owner, 'astraforge_app', 'astraforge_relay', 'astraforge_housekeeper'] as const;
/** Any number, the same in every process. */
const lockKey = 7_226_311_405;

/**
 * Brings the database to the newest schema, one process at a time; the others wait and find nothing to do. Makes the roles when
 * the user may, takes astraforge_owner, and makes the next months' partitions. Throws DomainError with the mend.
 */
export async function migrate(options: { directUrl: string; logger: Logger }): Promise<void> {
  const sql = postgres(options.directUrl, {
    max: 1,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => undefined,
    connect_timeout: 10,
  });
  try {
    await sql`select pg_advisory_lock(${lockKey})`;
    await prepareRoles(sql);
    await sql.unsafe(`set role ${owner}`);
    const before = await countMigrations(sql);
    await runMigrations(drizzle({ client: sql }), { migrationsFolder });
    await sql`select astraforge_ensure_event_partitions(${eventPartitionMonths})`;
    const after = await countMigrations(sql);
    if (after > before) options.logger.info('database migrated', { applied: after - before, total: after });
  } catch (error) {
    throw translateDatabaseError(error, options.directUrl);
  } finally {
    // Ends the session, and with it its lock and role.
    await sql.end({ timeout: 5 });
  }
}

async function countMigrations(sql: Sql): Promise<number> {
  const [exists] = await sql<{ found: boolean }[]>`select to_regclass('drizzle.__drizzle_migrations') is not null as found`;
  if (!exists?.found) return 0;
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from drizzle.__drizzle_migrations`;
  return row?.count ?? 0;
}

/** Roles belong to the cluster, not to the database: looked at on every start, so that a restored database finds them too. */
async function prepareRoles(sql: Sql): Promise<void> {
  try {
    for (const role of roles) await prepareRole(sql, role);
    const [may] = await sql<{ create: boolean; public: boolean }[]>`
      select has_database_privilege(${owner}, current_database(), 'CREATE') as create, has_schema_privilege(${owner}, 'public', 'CREATE') as public`;
    if (!may?.create) await sql.unsafe(`do $$ begin execute format('grant create on database %I to ${owner}', current_database()); end $$`);
    if (!may?.public) await sql.unsafe(`grant usage, create on schema public to ${owner}`);
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.code !== '42501') throw error;
    throw new DomainError(
      'permanent',
      'database-roles',
      `Preparing the database roles was refused: ${error.message}. Let an administrator create ${roles.join(', ')} (nologin), grant them ` +
        `to the user of DATABASE_DIRECT_URL and DATABASE_URL, and grant create on the database and on schema public to ${owner}.`,
      { cause: error },
    );
  }
}

async function prepareRole(sql: Sql, role: string): Promise<void> {
  // Two databases of one cluster may be migrated at once, and advisory locks are per database.
  await sql.unsafe(`
    do $$ begin
      if not exists (select from pg_roles where rolname = '${role}') then
        create role ${role} nologin noinherit nobypassrls;
      end if;
    exception when duplicate_object or unique_violation then null;
    end $$`);
  const [found] = await sql<{ unsafe: boolean; member: boolean; version: number }[]>`
    select rolsuper or rolbypassrls as unsafe,
      pg_has_role(current_user, ${role}, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as member
    from pg_roles where rolname = ${role}`;
  if (found?.unsafe)
    throw new DomainError(
      'permanent',
      'database-role-unsafe',
      `The database role ${role} can bypass row-level security; run: ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS.`,
    );
  if (!found?.member) await sql.unsafe(`grant ${role} to current_user`);
}
