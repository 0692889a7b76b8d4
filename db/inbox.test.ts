import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import postgres from 'postgres';
import { claimDueInbox, getInbox, insertInbox, markInboxDelivered, markInboxRejected, type NewInboxRow } from './inbox.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

let test: TestDatabase;
let admin: postgres.Sql;

beforeEach(async () => {
  test = await openTestDatabase();
  admin = postgres(test.url, { max: 1, onnotice: () => undefined });
});

afterEach(async () => {
  await admin.end();
  await test.close();
});

function row(id: string, changes: Partial<NewInboxRow> = {}): NewInboxRow {
  return { tenantId: 't', inboxId: id, source: 'api', deliveryId: id, requestId: 'r', kind: 'chat', payload: { id }, ...changes };
}

function insert(input: NewInboxRow, relayAfterMs?: number) {
  return test.database.withTenant(input.tenantId, (tx) => insertInbox(tx, input, relayAfterMs));
}

function claim(limit = 10) {
  return test.database.asRelay((tx) => claimDueInbox(tx, limit));
}

describe('insertInbox', () => {
  it('keeps one row for a delivery that comes several times at once', async () => {
    const results = await Promise.all(['a', 'b', 'c'].map((id) => insert(row(id, { deliveryId: 'same' }))));

    expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(new Set(results.map((result) => result.row.inboxId)).size).toBe(1);
  });

  it('tells deliveries of different sources and tenants apart', async () => {
    const results = [
      await insert(row('a', { deliveryId: 'same' })),
      await insert(row('b', { deliveryId: 'same', source: 'gitlab' })),
      await insert(row('c', { deliveryId: 'same', tenantId: 'u' })),
    ];

    expect(results.map(({ duplicate }) => duplicate)).toEqual([false, false, false]);
  });
});

describe('the relay', () => {
  it('claims every due row once, whichever tenant it is of, also when relays claim at once', async () => {
    for (let n = 0; n < 30; n++) {
      await insert(row(`m${String(n).padStart(2, '0')}`, { tenantId: n % 2 ? 't' : 'u', requestId: `r${n}` }));
    }

    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(10)));

    const ids = claims.flat().map(({ inboxId }) => inboxId);
    expect(ids).toHaveLength(30);
    expect(new Set(ids).size).toBe(30);
    for (const batch of claims) expect(batch.map(({ inboxId }) => inboxId)).toEqual(batch.map(({ inboxId }) => inboxId).sort());
  });

  it('claims words only when what came before them for their request is done, and acts at once', async () => {
    await insert(row('a1', { requestId: 'a' }), 60_000);
    await insert(row('a2', { requestId: 'a' }));
    await insert(row('a3', { requestId: 'a', kind: 'amend' }));
    await insert(row('a4', { requestId: 'a', kind: 'cancel' }));
    await insert(row('b1', { requestId: 'b' }));
    await insert(row('a0', { requestId: 'a', tenantId: 'u' }));
    const deliver = (inboxId: string) => test.database.asRelay((tx) => markInboxDelivered(tx, inboxId));
    const deliverDue = async () => {
      const ids = (await claim()).map(({ inboxId }) => inboxId).sort();
      for (const inboxId of ids) await deliver(inboxId);
      return ids;
    };

    const first = await deliverDue();
    await deliver('a1');
    const [second, third] = [await deliverDue(), await deliverDue()];

    expect([first, second, third]).toEqual([['a0', 'a4', 'b1'], ['a2'], ['a3']]);
  });

  it('leaves a row alone that its inserter still delivers, and one that is done', async () => {
    await insert(row('fresh'), 60_000);
    await insert(row('delivered'));
    await insert(row('rejected'));
    await test.database.withTenant('t', (tx) => markInboxDelivered(tx, 'delivered'));
    await test.database.asRelay((tx) => markInboxRejected(tx, 'rejected', { code: 'gate-closed', message: 'The gate is closed.' }));

    const claimed = await claim();

    expect(claimed).toEqual([]);
    const rejected = await test.database.withTenant('t', (tx) => getInbox(tx, 'rejected'));
    expect(rejected).toMatchObject({ state: 'rejected', rejection: { code: 'gate-closed' } });
  });

  it('tries a row again after a growing time, at most ten seconds, until it is delivered', async () => {
    await insert(row('a'));
    const waits: number[] = [];

    for (let attempt = 1; attempt <= 8; attempt++) {
      const [claimed] = await claim();
      expect(claimed?.attempts).toBe(attempt);
      expect(await claim()).toEqual([]);
      const [due] = await admin<{ seconds: number }[]>`
        select round(extract(epoch from next_attempt_at - clock_timestamp()))::int as seconds from inbox`;
      waits.push(due!.seconds);
      await admin`update inbox set next_attempt_at = now()`;
    }

    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(Math.max(...waits)).toBe(10);
  });

  it('never undoes a delivery', async () => {
    await insert(row('a'));
    await test.database.asRelay((tx) => markInboxDelivered(tx, 'a'));

    await test.database.asRelay((tx) => markInboxRejected(tx, 'a', { code: 'late', message: 'late' }));

    const read = await test.database.asRelay((tx) => getInbox(tx, 'a'));
    expect(read).toMatchObject({ state: 'delivered', rejection: null });
  });
});
