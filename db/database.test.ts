import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eq, sql } from 'drizzle-orm';
import postgres from 'postgres';
import { createLogger } from '../config/logger.ts';
import { openDatabase } from './database.ts';
import type { Tx } from './port.ts';
import { tenants } from './schema.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const logger = createLogger('test', { silent: true });
let test: TestDatabase;
let admin: postgres.Sql;

beforeAll(async () => {
  test = await openTestDatabase();
  admin = postgres(test.url, { max: 1, onnotice: () => undefined });
  await test.database.withTenant('a', (tx) => tx.insert(tenants).values({ tenantId: 'a', name: 'a' }));
});

afterAll(async () => {
  await admin.end();
  await test.close();
});

async function killOwnConnection(tx: Tx): Promise<void> {
  const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  await admin`select pg_terminate_backend(${row!.pid}, 5000)`;
}

describe('openDatabase', () => {
  it('says in one sentence that the server is away and what to do', async () => {
    const opening = openDatabase({ url: 'postgres://u:hidden@127.0.0.1:1/x', directUrl: 'postgres://u:hidden@127.0.0.1:1/x', logger });

    await expect(opening).rejects.toMatchObject({ kind: 'transient', code: 'database-unreachable' });
    await expect(opening).rejects.toThrow(/127\.0\.0\.1:1\/x does not answer .*Start Postgres/);
    await expect(opening).rejects.not.toThrow(/hidden/);
  });

  it('says that a password or database is wrong', async () => {
    const url = new URL(test.url);
    url.pathname = '/no_such_database';

    const opening = openDatabase({ url: url.href, directUrl: url.href, logger });

    await expect(opening).rejects.toMatchObject({ kind: 'permanent', code: 'database-refused' });
  });

  it('refuses something that is no database URL', async () => {
    const opening = openDatabase({ url: 'localhost:5432', directUrl: 'localhost:5432', logger });

    await expect(opening).rejects.toMatchObject({ code: 'database-url' });
  });
});

describe('a transaction', () => {
  it('runs as the role without its own rights, although the connected user is a superuser', async () => {
    const [row] = await test.database.withTenant('a', (tx) =>
      tx.execute<{ user: string; tenant: string }>(sql`select current_user as user, current_setting('app.tenant') as tenant`),
    );

    expect(row).toEqual({ user: 'astraforge_app', tenant: 'a' });
  });

  it('rolls back when its work throws', async () => {
    const work = test.database.withTenant('a', async (tx) => {
      await tx.update(tenants).set({ name: 'changed' }).where(eq(tenants.tenantId, 'a'));
      throw new Error('no');
    });

    await expect(work).rejects.toThrow('no');
    const [tenant] = await test.database.withTenant('a', (tx) => tx.select().from(tenants));
    expect(tenant?.name).toBe('a');
  });

  it('does not claim success when a failed statement was swallowed', async () => {
    const work = test.database.withTenant('a', async (tx) => {
      await tx
        .insert(tenants)
        .values({ tenantId: 'a', name: 'again' })
        .catch(() => undefined);
    });

    await expect(work).rejects.toMatchObject({ code: 'transaction-aborted' });
  });

  it('keeps what came before a failed nested transaction', async () => {
    const name = await test.database.withTenant('a', async (tx) => {
      await tx.update(tenants).set({ name: 'kept' });
      await tx.transaction((nested) => nested.insert(tenants).values({ tenantId: 'a', name: 'again' })).catch(() => undefined);
      const [tenant] = await tx.select().from(tenants);
      await tx.update(tenants).set({ name: 'a' });
      return tenant?.name;
    });

    expect(name).toBe('kept');
  });

  it('refuses a statement that comes after its end', async () => {
    let leaked: Tx | undefined;
    await test.database.withTenant('a', async (tx) => {
      leaked = tx;
    });

    const late = leaked!.update(tenants).set({ name: 'late' });

    await expect(late).rejects.toMatchObject({ cause: { message: expect.stringContaining('an await is missing') } });
  });

  it('shows an error of Postgres without the parameters of its statement', async () => {
    const work = test.database.withTenant('a', (tx) => tx.insert(tenants).values({ tenantId: 'a', name: 'a secret' }));

    await expect(work).rejects.toMatchObject({ code: '23505' });
    await expect(work).rejects.not.toThrow(/a secret/);
  });

  it('fails as a whole when its connection is lost, never continuing on another one', async () => {
    const lost = { kind: 'transient', code: 'database-unreachable' };

    const between = test.database.withTenant('a', async (tx) => {
      await tx.update(tenants).set({ name: 'half' });
      await killOwnConnection(tx);
      await tx.update(tenants).set({ name: 'other half' });
    });
    await expect(between).rejects.toMatchObject(lost);
    const atCommit = test.database.withTenant('a', async (tx) => {
      await tx.update(tenants).set({ name: 'half' });
      await killOwnConnection(tx);
    });
    await expect(atCommit).rejects.toMatchObject(lost);

    const [tenant] = await test.database.withTenant('a', (tx) => tx.select().from(tenants));
    expect(tenant?.name).toBe('a');
  });

  it('survives connections that are lost under load, and works again after it', async () => {
    const outcomes = new Set<string>();
    let stop = false;
    const load = Array.from({ length: 12 }, async () => {
      while (!stop) {
        const outcome = test.database.withTenant('a', async (tx) => {
          await tx.execute(sql`select pg_sleep(0.005)`);
          await Promise.all([tx.select().from(tenants), tx.execute(sql`select ${'x'.repeat(5000)}::text`)]);
          return 'ok';
        });
        outcomes.add(await outcome.catch((error: { code?: string }) => String(error.code)));
      }
    });

    for (let round = 0; round < 5; round++)
      await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'astraforge' and datname = current_database()`;
    stop = true;
    await Promise.all(load);

    expect([...outcomes].sort()).toEqual(['database-unreachable', 'ok']);
    expect(await test.database.withTenant('a', (tx) => tx.select().from(tenants))).toHaveLength(1);
  });

  it('waits for a free connection when all are taken', async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        test.database.withTenant('a', async (tx) => {
          const [row] = await tx.execute<{ n: number }>(sql`select ${n}::int as n, pg_sleep(0.01)`);
          return row?.n;
        }),
      ),
    );

    expect(results).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('works through a pooler without prepared statements', async () => {
    const url = `${test.url}?prepare=false`;
    const database = await openDatabase({ url, directUrl: url, logger });

    const rows = await database.withTenant('a', (tx) => tx.select().from(tenants).where(eq(tenants.tenantId, 'a')));

    await database.close();
    expect(rows).toHaveLength(1);
  });
});

describe('listen', () => {
  it('hears again after its connection was lost, and says so', async () => {
    const heard: string[] = [];
    let reconnected: () => void = () => undefined;
    const again = new Promise<void>((resolve) => (reconnected = resolve));
    let arrived: () => void = () => undefined;
    const news = new Promise<void>((resolve) => (arrived = resolve));
    const stop = await test.database.listen(
      'test_news',
      (payload) => {
        heard.push(payload);
        arrived();
      },
      () => reconnected(),
    );

    await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'astraforge-listen' and datname = current_database()`;
    await again;
    await test.database.withTenant('a', (tx) => tx.execute(sql`select pg_notify('test_news', 'hello')`));
    await news;

    await stop();
    expect(heard).toEqual(['hello']);
  });
});
