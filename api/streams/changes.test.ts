import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import postgres from 'postgres';
import { createLogger } from '../../config/logger.ts';
import { openDatabase } from '../../db/database.ts';
import type { RequestChange } from '../../db/request-changes.ts';
import { openTestDatabase, type TestDatabase } from '../../db/testing.ts';
import type { RequestInput, RequestStatus } from '../../workflows/contracts/request.ts';
import { readStream } from '../client/index.ts';
import { openHarness, startupToken, type Harness } from '../testing/harness.ts';
import { awaiting, requestInput, seedRequest } from '../testing/rows.ts';
import { ChangeHub } from './changes.ts';

const never = 3_600_000;
const logger = createLogger('test', { silent: true });
let test: TestDatabase;
let admin: postgres.Sql;
let close: (() => Promise<void>)[] = [];

beforeAll(async () => {
  test = await openTestDatabase();
  admin = postgres(test.url, { max: 1, onnotice: () => undefined });
});
afterEach(async () => {
  for (const end of close) await end();
  close = [];
});
afterAll(async () => {
  await admin.end();
  await test.close();
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A hub with connections of its own and one listener; what it was told. */
async function listen(catchUpMs: number): Promise<RequestChange[]> {
  const database = await openDatabase({ url: test.url, directUrl: test.url, logger, maxConnections: 2 });
  const hub = new ChangeHub({ database, logger, catchUpMs });
  close.push(async () => {
    await hub.stop();
    await database.close();
  });
  await hub.start();
  const told: RequestChange[] = [];
  hub.join('default', (change) => told.push(change));
  return told;
}

let version = 1;
function write(input: RequestInput, status: Partial<RequestStatus>): Promise<void> {
  return seedRequest(test.database, input, { updatedAtMs: Date.now(), ...status }, { version: ++version });
}

/** A write of which nobody is told, as when its notification was lost. */
async function writeSilently({ requestId }: RequestInput, stage: string): Promise<void> {
  await admin`update requests set stage = ${stage}, updated_at = now() where request_id = ${requestId}`;
}

const stagesOf = (told: RequestChange[], { requestId }: RequestInput) => {
  return told.filter((change) => change.requestId === requestId).map(({ stage }) => stage);
};

describe('ChangeHub', () => {
  it('tells every change of any request of the tenant as it is written, and none of another tenant', async () => {
    const told = await listen(never);
    const [first, second] = [requestInput(), requestInput()];
    const foreign = requestInput({ tenantId: 'other' });

    await write(foreign, { stage: 'EXECUTING' });
    await write(first, { stage: 'EXECUTING' });
    await write(second, { stage: 'PATCH_READY', awaiting: awaiting('patch-approval'), updatedAtMs: 77 });
    await write(first, { stage: 'DONE' });
    await until(() => stagesOf(told, first).includes('DONE'));

    expect(stagesOf(told, first)).toEqual(['RECEIVED', 'EXECUTING', 'DONE']);
    expect(told).toContainEqual({ requestId: second.requestId, stage: 'PATCH_READY', awaiting: 'patch-approval', updatedAtMs: 77 });
    expect(stagesOf(told, foreign)).toEqual([]);
  });

  it('says nothing of a write that an older state lost against', async () => {
    const told = await listen(never);
    const [input, last] = [requestInput(), requestInput()];
    await write(input, { stage: 'PATCH_READY' });

    await seedRequest(test.database, input, { stage: 'EXECUTING' }, { version: 1 });
    await write(last, { stage: 'EXECUTING' });
    await until(() => stagesOf(told, last).includes('EXECUTING'));

    expect(stagesOf(told, input)).toEqual(['RECEIVED', 'PATCH_READY']);
  });

  it('finds out what it was not told of while its connection to the database was lost, and goes on hearing', async () => {
    const input = requestInput();
    await write(input, { stage: 'EXECUTING' });
    const told = await listen(never);
    await write(input, { stage: 'PATCH_READY' });
    await until(() => told.length > 0);
    await writeSilently(input, 'MR_OPENED');

    await admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'astraforge-listen'`;
    await until(() => stagesOf(told, input).includes('MR_OPENED'));
    await write(input, { stage: 'REVIEWED' });
    await until(() => stagesOf(told, input).includes('REVIEWED'));

    expect(stagesOf(told, input)).toEqual(['PATCH_READY', 'MR_OPENED', 'REVIEWED']);
  });

  it('finds out by itself within its interval when a notification is lost, and tells each state once', async () => {
    const [input, other] = [requestInput(), requestInput()];
    await write(input, { stage: 'EXECUTING' });
    const told = await listen(20);
    await write(input, { stage: 'PATCH_READY' });
    await until(() => told.length > 0);

    await writeSilently(input, 'MR_OPENED');
    await until(() => stagesOf(told, input).includes('MR_OPENED'));
    // Some looks later nothing is told again.
    for (let round = 0; round < 3; round++) {
      await write(other, { stage: 'EXECUTING' });
      await writeSilently(other, 'BLOCKED');
      await until(() => stagesOf(told, other).filter((stage) => stage === 'BLOCKED').length > round);
    }

    expect(stagesOf(told, input)).toEqual(['PATCH_READY', 'MR_OPENED']);
  });

  it('takes what stands there when somebody comes for no news', async () => {
    const [input, later] = [requestInput(), requestInput()];
    await write(input, { stage: 'EXECUTING' });

    const told = await listen(20);
    await write(later, { stage: 'EXECUTING' });
    await writeSilently(later, 'BLOCKED');
    await until(() => stagesOf(told, later).includes('BLOCKED'));

    expect(stagesOf(told, input)).toEqual([]);
  });

  it('forgets a tenant when its last listener leaves', async () => {
    const hub = new ChangeHub({ database: test.database, logger, catchUpMs: never });
    const leave = [hub.join('default', () => undefined), hub.join('default', () => undefined)];

    expect(hub.topicCount).toBe(1);
    for (const go of leave) go();
    expect(hub.topicCount).toBe(0);
  });
});

describe('GET /api/stream?changes=true', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(() => harness.close());

  interface Message {
    id: string | undefined;
    event: string | undefined;
    data: string;
  }

  /** Acts once the stream is open, and reads until it brought what is wanted. */
  async function read(query: string, isEnough: (seen: Message[]) => boolean, act: () => Promise<void>): Promise<Message[]> {
    const abort = new AbortController();
    const options = {
      baseUrl: harness.url,
      token: startupToken,
      signal: abort.signal,
      onConnection: (state: string) => void (state === 'connected' && acting === null && (acting = act())),
    };
    let acting: Promise<void> | null = null;
    const seen: Message[] = [];
    for await (const { id, event, data } of readStream(options, `/api/stream?${query}`, null)) {
      seen.push({ id, event, data });
      if (isEnough(seen)) break;
    }
    abort.abort();
    await acting;
    return seen;
  }

  const changesOf = (seen: Message[]) =>
    seen.filter(({ event }) => event === 'changed').map(({ data }) => JSON.parse(data) as RequestChange);

  it('tells changes of the whole tenant without naming a request', async () => {
    const input = requestInput();
    const seen = await read(
      'changes=true',
      (all) => changesOf(all).length === 2,
      async () => {
        await seedRequest(harness.database, requestInput({ tenantId: 'other' }), { stage: 'DONE' });
        await seedRequest(harness.database, input, { stage: 'BLOCKED', awaiting: awaiting('answer'), updatedAtMs: 9 });
      },
    );

    const { requestId, submittedAtMs } = input;
    expect(changesOf(seen)).toEqual([
      { requestId, stage: 'RECEIVED', awaiting: null, updatedAtMs: submittedAtMs },
      { requestId, stage: 'BLOCKED', awaiting: 'answer', updatedAtMs: 9 },
    ]);
    expect(seen.map(({ id }) => id)).toEqual([undefined, undefined]);
  });

  it('tells them beside the log of requests, whose positions they leave alone', async () => {
    const input = requestInput();
    await seedRequest(harness.database, input);
    const scope = { tenantId: 'default', requestId: input.requestId, runId: null, attempt: null };
    const warn = (message: string) => [{ type: 'warning' as const, emittedAtMs: 1, data: { message } }];

    const warnings = (all: Message[]) => all.filter(({ event }) => event === 'warning');
    const isDone = (all: Message[]) => changesOf(all).some(({ stage }) => stage === 'DONE');
    const isEnough = (all: Message[]) => isDone(all) && warnings(all).length === 2;

    const seen = await read(`changes=true&requests=${input.requestId}`, isEnough, async () => {
      await harness.runLog.append(scope, warn('one'), 'one');
      await seedRequest(harness.database, input, { stage: 'DONE' }, { version: 2 });
      await harness.runLog.append(scope, warn('two'), 'two');
    });

    expect(warnings(seen).map(({ id }) => id)).toEqual(['1', '2']);
    expect(changesOf(seen).every(({ requestId }) => requestId === input.requestId)).toBe(true);
  });

  it('lets its listener go when the reader leaves', async () => {
    await read(
      'changes=true',
      (all) => changesOf(all).length > 0,
      () => seedRequest(harness.database, requestInput()),
    );
    await until(() => harness.deps.changes.topicCount === 0);

    expect(harness.deps.changes.topicCount).toBe(0);
  });

  it.each([
    ['', 400],
    ['?changes=false', 400],
    ['?changes=yes', 400],
    ['?requests=', 400],
    ['?requests=none', 404],
    ['?changes=true&requests=none', 404],
  ])('refuses /api/stream%s with %i', async (query, status) => {
    expect((await harness.fetch(`/api/stream${query}`)).status).toBe(status);
  });
});
