import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listLivingGateways, lockGateways, type GatewayCard } from '../../../db/gateways.ts';
import type { Database } from '../../../db/port.ts';
import { openTestDatabase, type TestDatabase } from '../../../db/testing.ts';
import { memoryLogger } from '../testing/memory.ts';
import { folderIdOf } from './folder-id.ts';
import { joinGateways, type Membership } from './membership.ts';

const card: GatewayCard = { gatewayId: 'a', instance: 'a-1', serviceUrl: 'unix:/s/a', doorSocket: '/d/a', folderId: 'one' };
let test: TestDatabase;
const members: Membership[] = [];

beforeAll(async () => {
  test = await openTestDatabase();
});

afterEach(async () => {
  for (const member of members.splice(0)) await member.leave();
  await test.database.withTenant('default', (tx) => tx.execute(sql`delete from gateways`));
});

afterAll(() => test.close());

function join1(gateway: GatewayCard, more: { database?: Database; everyMs?: number } = {}): Membership {
  const member = joinGateways({ database: test.database, gateway, logger: memoryLogger(), ...more });
  members.push(member);
  return member;
}

async function living(): Promise<string[]> {
  const rows = await test.database.withTenant('default', listLivingGateways);
  return rows.map(({ gatewayId }) => gatewayId);
}

async function lapse(): Promise<void> {
  await test.database.withTenant('default', (tx) => tx.execute(sql`update gateways set lease_until = clock_timestamp() - interval '1 s'`));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}

describe('a gateway that joins', () => {
  it('is among the living until it leaves, beside others', async () => {
    const one = join1(card);
    const other = join1({ ...card, gatewayId: 'b', instance: 'b-1', serviceUrl: 'unix:/s/b', doorSocket: '/d/b' });
    await Promise.all([one.joined, other.joined]);

    const before = await living();
    await one.leave();

    expect(before).toEqual(['a', 'b']);
    expect(await living()).toEqual(['b']);
  });

  it('renews its lease, also when that was over', async () => {
    const member = join1(card, { everyMs: 20 });
    await member.joined;

    await lapse();
    await until(async () => (await living()).length === 1);

    expect(await living()).toEqual(['a']);
  });

  it('takes the row of its killed predecessor over at once', async () => {
    await join1(card, { everyMs: 3_600_000 }).joined;

    await join1({ ...card, instance: 'a-2' }).joined;

    const [row] = await test.database.withTenant('default', listLivingGateways);
    expect(row?.instance).toBe('a-2');
  });

  it.each([
    ['its id is taken', { ...card, instance: 'x', serviceUrl: 'unix:/elsewhere' }, 'gateway-id-taken'],
    ['its service address is taken', { ...card, gatewayId: 'x', instance: 'x' }, 'gateway-service-taken'],
    ['it is on another folder', { ...card, gatewayId: 'x', instance: 'x', folderId: 'two' }, 'gateway-folder-apart'],
  ])('is refused when %s, and leaves the other one alone', async (_what, newcomer, code) => {
    await join1(card).joined;

    const refusal = await join1(newcomer).refused;

    expect(refusal.code).toBe(code);
    expect(await living()).toEqual(['a']);
  });

  it('asks again while the database cannot be written', async () => {
    let failures = 2;
    const database: Database = {
      ...test.database,
      withTenant: (tenantId, work) =>
        failures-- > 0 ? Promise.reject(new Error('no such table')) : test.database.withTenant(tenantId, work),
    };

    await join1(card, { database }).joined;

    expect(await living()).toEqual(['a']);
  });
});

describe('a database that does not answer', () => {
  /** Holds the lock of those who register, until it is given back. */
  async function holdLock(): Promise<() => Promise<void>> {
    const [taken, given] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held = test.database.withTenant('default', async (tx) => {
      await lockGateways(tx);
      taken.resolve();
      await given.promise;
    });
    await taken.promise;
    return () => (given.resolve(), held);
  }

  it('does not keep a lease from being renewed: that waits for nobody who registers', async () => {
    const member = join1(card, { everyMs: 20 });
    await member.joined;
    const giveBack = await holdLock();

    await lapse();
    await until(async () => (await living()).length === 1);
    await giveBack();

    expect(await living()).toEqual(['a']);
  });

  it('is not waited for when the lock of another one stays: it is asked again', async () => {
    const giveBack = await holdLock();
    const logger = memoryLogger();

    const member = joinGateways({ database: test.database, gateway: card, logger });
    members.push(member);
    await until(() => Promise.resolve(logger.lines.some(({ message }) => message === 'gateway could not say that it lives')));
    await giveBack();
    await member.joined;

    expect(await living()).toEqual(['a']);
  });

  it('does not keep a gateway from leaving', async () => {
    const logger = memoryLogger();
    const database: Database = { ...test.database, withTenant: () => new Promise(() => undefined) };

    await joinGateways({ database, gateway: card, logger }).leave();

    expect(logger.lines.map(({ message }) => message)).toEqual(['gateway could not take its row away']);
  });
});

describe('the id of a folder', () => {
  it('is the same for all who come at once, and another one elsewhere', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gw-folder-'));
    const file = (name: string) => join(folder, name, 'folder-id');

    const ids = await Promise.all(Array.from({ length: 8 }, () => folderIdOf(file('one'))));
    const [other, again] = [await folderIdOf(file('two')), await folderIdOf(file('one'))];

    expect(new Set([...ids, again]).size).toBe(1);
    expect(other).not.toBe(again);
    expect(await readdir(join(folder, 'one'))).toEqual(['folder-id']);
    await rm(folder, { recursive: true, force: true });
  });
});
