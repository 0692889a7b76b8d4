import { afterEach, afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { listLivingGateways, putGateway, removeGateway, type GatewayCard } from './gateways.ts';
import type { Tx } from './port.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const hourMs = 3_600_000;
let test: TestDatabase;

beforeAll(async () => {
  test = await openTestDatabase();
});

afterEach(() => asTenant('t', (tx) => tx.execute(sql`delete from gateways`)));

afterAll(() => test.close());

function asTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return test.database.withTenant(tenantId, work);
}

function card(gatewayId: string, instance = `${gatewayId}-1`): GatewayCard {
  return { gatewayId, instance, serviceUrl: `unix:/s/${gatewayId}`, doorSocket: `/d/${gatewayId}`, folderId: 'one' };
}

describe('gateways', () => {
  it('live while their lease holds by the clock of the database, whichever tenant asks', async () => {
    await asTenant('t', (tx) => putGateway(tx, card('a'), hourMs));
    await asTenant('t', (tx) => putGateway(tx, card('b'), -1_000));

    const living = await asTenant('another', listLivingGateways);

    expect(living).toEqual([expect.objectContaining(card('a'))]);
  });

  it('are renewed in place, and say where they are now', async () => {
    await asTenant('t', (tx) => putGateway(tx, card('a'), -1_000));
    await asTenant('t', (tx) => putGateway(tx, { ...card('a', 'a-2'), doorSocket: '/moved' }, hourMs));

    const living = await asTenant('t', listLivingGateways);

    expect(living).toEqual([expect.objectContaining({ gatewayId: 'a', instance: 'a-2', doorSocket: '/moved' })]);
  });

  it('are taken away by the process that has the row, and by no earlier one', async () => {
    await asTenant('t', (tx) => putGateway(tx, card('a', 'new'), hourMs));

    await asTenant('t', (tx) => removeGateway(tx, card('a', 'old')));
    const kept = await asTenant('t', listLivingGateways);
    await asTenant('t', (tx) => removeGateway(tx, card('a', 'new')));

    expect(kept).toHaveLength(1);
    expect(await asTenant('t', listLivingGateways)).toEqual([]);
  });

  it('are forgotten after a day of silence, and not before', async () => {
    await asTenant('t', (tx) => putGateway(tx, card('silent'), -25 * hourMs));
    await asTenant('t', (tx) => putGateway(tx, card('paused'), -23 * hourMs));

    await asTenant('t', (tx) => putGateway(tx, card('a'), hourMs));

    const rows = await asTenant('t', (tx) => tx.execute(sql`select gateway_id from gateways order by 1`));
    expect([...rows]).toEqual([{ gateway_id: 'a' }, { gateway_id: 'paused' }]);
  });
});
