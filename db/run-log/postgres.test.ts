import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import postgres from 'postgres';
import { v7 } from 'uuid';
import { createLogger } from '../../config/logger.ts';
import { createPostgresArtifactStore } from '../artifacts/postgres.ts';
import { openTestDatabase, type TestDatabase } from '../testing.ts';
import { newsChannel, parseNews } from './notifier.ts';
import type { RunLog } from './port.ts';
import { createPostgresRunLog } from './postgres.ts';
import { runLogContract } from './run-log.contract.ts';

const logger = createLogger('test', { silent: true });

runLogContract('postgres', async () => {
  const { database, close } = await openTestDatabase();
  const artifacts = createPostgresArtifactStore(database);
  return { runLog: createPostgresRunLog(database, artifacts, { logger }), artifacts, close };
});

describe('the run log in Postgres', () => {
  let test: TestDatabase;
  let log: RunLog;
  let admin: postgres.Sql;
  const warning = { type: 'warning', emittedAtMs: 0, data: { message: 'm' } } as const;

  beforeAll(async () => {
    test = await openTestDatabase();
    log = createPostgresRunLog(test.database, createPostgresArtifactStore(test.database), { logger, notifyEveryMs: 200 });
    admin = postgres(test.url, { max: 1, onnotice: () => undefined });
  });

  afterAll(async () => {
    await admin.end();
    await test.close();
  });

  it('keeps the events of a run in the month of its creation, and finds them', async () => {
    const requestId = v7({ msecs: Date.UTC(2020, 0, 31) });
    const runId = v7({ msecs: Date.UTC(2020, 1, 1) });

    await log.append({ tenantId: 't', requestId, runId, attempt: 1 }, [warning], 'a');

    const [row] = await admin<{ partition_at: Date }[]>`select partition_at from events where request_id = ${requestId}`;
    expect(row?.partition_at.toISOString()).toBe('2020-02-01T00:00:00.000Z');
    expect(await log.read('t', { requestId, afterSeq: 0, limit: 10 })).toHaveLength(1);
  });

  it('sends one notification for the news of many appends', async () => {
    const payloads: string[] = [];
    const requestId = v7();
    let done: () => void = () => undefined;
    const last = new Promise<void>((resolve) => (done = resolve));
    const stop = await test.database.listen(
      newsChannel,
      (payload) => {
        const news = parseNews(payload).filter((item) => item.requestId === requestId);
        if (news.length > 0) payloads.push(payload);
        if (news.some(({ lastSeq }) => lastSeq === 30)) done();
      },
      () => undefined,
    );

    await Promise.all(
      Array.from({ length: 30 }, (_, n) => log.append({ tenantId: 't', requestId, runId: null, attempt: null }, [warning], `k${n}`)),
    );
    await last;

    await stop();
    expect(payloads.length).toBeLessThan(10);
  });

  it('catches a subscriber up on what it missed while its connection was lost', async () => {
    const requestId = v7();
    const scope = { tenantId: 't', requestId, runId: null, attempt: null };
    const silent = createPostgresRunLog({ ...test.database, withTenant: withoutNotify(test) }, createPostgresArtifactStore(test.database), {
      logger,
    });
    let heard: () => void = () => undefined;
    const news = new Promise<void>((resolve) => (heard = resolve));
    await log.read('t', { requestId, afterSeq: 0, limit: 1 });
    const stop = await log.subscribe((item) => {
      if (item.requestId === requestId && item.lastSeq === 1) heard();
    });

    await silent.append(scope, [warning], 'missed');
    await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'astraforge-listen' and datname = current_database()`;

    await news;
    await stop();
  });
});

/** The database for a log whose notifications are lost: its first transaction works, the one of the notifier does not. */
function withoutNotify(test: TestDatabase): TestDatabase['database']['withTenant'] {
  let calls = 0;
  return (tenantId, work) => (++calls === 1 ? test.database.withTenant(tenantId, work) : Promise.reject(new Error('lost')));
}
