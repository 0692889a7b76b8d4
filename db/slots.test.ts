import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { runs, slots } from './schema.ts';
import { acquireSlot, expireSlots, listSlots, listUnsignalledGrants, releaseSlot, renewSlot } from './slots.ts';
import { ensureTenant, setTenantSlots } from './tenants.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const leaseMs = 600_000;
let test: TestDatabase;

beforeEach(async () => {
  test = await openTestDatabase({ maxConnections: 20 });
  await inTenant((tx) => ensureTenant(tx, { tenantId: 't', name: 't', slots: 3 }));
});

afterEach(() => test.close());

function inTenant<T>(work: Parameters<typeof test.database.withTenant<T>>[1]): Promise<T> {
  return test.database.withTenant('t', work);
}

function acquire(holder: string) {
  return inTenant((tx) => acquireSlot(tx, { tenantId: 't', holder, leaseMs }));
}

function release(holder: string) {
  return inTenant((tx) => releaseSlot(tx, { tenantId: 't', holder, leaseMs }));
}

async function atWork(): Promise<string[]> {
  const rows = await inTenant(listSlots);
  return rows.filter(({ grantedAt }) => grantedAt).map(({ holder }) => holder);
}

describe('slots', () => {
  it('grants exactly as many places as there are to 50 runs that come at once, and each of the others in turn', async () => {
    const holders = Array.from({ length: 50 }, (_, n) => `run-${n}`);

    const results = await Promise.all(holders.map(acquire));
    const first = await atWork();
    const served = new Set(first);
    let working = first;
    while (working.length > 0) {
      const released = await Promise.all(working.map(release));
      working = released.flatMap(({ granted }) => granted);
      for (const holder of working) {
        expect(served.has(holder)).toBe(false);
        served.add(holder);
      }
      expect((await atWork()).sort()).toEqual([...working].sort());
    }

    expect(results.filter(({ slot }) => slot === 'granted')).toHaveLength(3);
    expect(first).toHaveLength(3);
    expect(served.size).toBe(50);
  });

  it('never has more at work than places while runs come and go', async () => {
    let most = 0;
    const work = async (holder: string): Promise<void> => {
      await acquire(holder);
      most = Math.max(most, (await atWork()).length);
      await release(holder);
    };

    await Promise.all(Array.from({ length: 50 }, (_, n) => work(`run-${n}`)));

    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(3);
    expect(await inTenant(listSlots)).toEqual([]);
  });

  it('grants in the order of arrival and says whom to signal', async () => {
    for (const holder of ['a', 'b', 'c', 'd', 'e']) await acquire(holder);

    const first = await release('b');
    const second = await release('a');

    expect([first, second]).toEqual([{ granted: ['d'] }, { granted: ['e'] }]);
  });

  it('changes nothing when a retried activity acquires or releases again', async () => {
    await acquire('a');
    const again = await acquire('a');
    for (const holder of ['b', 'c', 'd']) await acquire(holder);
    await release('a');

    const released = await release('a');

    expect(again).toEqual({ slot: 'granted', granted: [] });
    expect(released).toEqual({ granted: [] });
    expect(await atWork()).toEqual(['b', 'c', 'd']);
  });

  it('lets a queued run leave the queue', async () => {
    for (const holder of ['a', 'b', 'c', 'd', 'e']) await acquire(holder);

    await release('d');
    const { granted } = await release('a');

    expect(granted).toEqual(['e']);
  });

  it('grants what a raised number of places allows, and names the others that got one', async () => {
    for (const holder of ['a', 'b', 'c', 'd']) await acquire(holder);
    await inTenant((tx) => setTenantSlots(tx, 't', 5));

    const result = await acquire('e');

    expect(result).toEqual({ slot: 'granted', granted: ['d'] });
  });

  it('takes no place away when their number is lowered', async () => {
    for (const holder of ['a', 'b', 'c', 'd']) await acquire(holder);
    await inTenant((tx) => setTenantSlots(tx, 't', 1));

    const { granted } = await release('a');

    expect(granted).toEqual([]);
    expect(await atWork()).toEqual(['b', 'c']);
  });

  it('keeps tenants apart', async () => {
    await test.database.withTenant('u', (tx) => ensureTenant(tx, { tenantId: 'u', name: 'u', slots: 1 }));
    for (const holder of ['a', 'b', 'c']) await acquire(holder);

    const other = await test.database.withTenant('u', (tx) => acquireSlot(tx, { tenantId: 'u', holder: 'u-a', leaseMs }));

    expect(other.slot).toBe('granted');
  });

  it('names a tenant that there is not', async () => {
    const acquiring = test.database.withTenant('nobody', (tx) => acquireSlot(tx, { tenantId: 'nobody', holder: 'a', leaseMs }));

    await expect(acquiring).rejects.toMatchObject({ kind: 'permanent', code: 'tenant-unknown' });
  });
});

describe('leases', () => {
  async function lapse(holder: string): Promise<void> {
    await inTenant((tx) =>
      tx
        .update(slots)
        .set({ leaseUntil: new Date(Date.now() - 1000) })
        .where(eq(slots.holder, holder)),
    );
  }

  it('gives the place of a lapsed lease to the next, but not of one that is renewed, or that nobody asked after', async () => {
    for (const holder of ['a', 'b', 'c', 'd', 'e']) await acquire(holder);
    for (const holder of ['a', 'b', 'c']) await lapse(holder);
    const renewed = await inTenant((tx) => renewSlot(tx, 'b', leaseMs));

    const round = await test.database.asHousekeeper((tx) => expireSlots(tx, { leaseMs, gone: ['a', 'b'] }));

    expect(renewed).toBe(true);
    expect(round).toEqual({ expired: [{ tenantId: 't', holder: 'a' }], granted: [{ tenantId: 't', holder: 'd' }] });
    expect((await atWork()).sort()).toEqual(['b', 'c', 'd']);
  });

  it('tells a holder that lost its place', async () => {
    expect(await inTenant((tx) => renewSlot(tx, 'gone', leaseMs))).toBe(false);
  });

  it('names granted runs that still wait, for a signal that was lost', async () => {
    for (const [runId, status] of [
      ['a', 'waiting'],
      ['b', 'working'],
    ] as const) {
      await acquire(runId);
      await inTenant((tx) => tx.insert(runs).values({ tenantId: 't', runId, requestId: 'r', ordinal: 1, purpose: 'implement', status }));
    }

    const lost = await test.database.asHousekeeper(listUnsignalledGrants);

    expect(lost).toEqual([{ tenantId: 't', holder: 'a' }]);
  });
});
