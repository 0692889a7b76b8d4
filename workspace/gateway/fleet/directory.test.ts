import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { mkdtemp, rm } from 'node:fs/promises';
import http, { type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { putGateway } from '../../../db/gateways.ts';
import type { Database } from '../../../db/port.ts';
import { openTestDatabase, type TestDatabase } from '../../../db/testing.ts';
import { listenOnSocket, stopServer } from '../listen.ts';
import { memoryLogger } from '../testing/memory.ts';
import { createGatewayDirectory, type GatewayDirectory } from './directory.ts';
import { rankGateways } from './rendezvous.ts';

const hourMs = 3_600_000;
let test: TestDatabase;
let folder: string;
let servers: Map<string, Server>;
let directory: GatewayDirectory;

beforeAll(async () => {
  test = await openTestDatabase();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gw-dir-'));
  servers = new Map();
});

afterEach(async () => {
  directory.close();
  for (const server of servers.values()) await stopServer(server, 0);
  await rm(folder, { recursive: true, force: true });
  await test.database.withTenant('default', (tx) => tx.execute(sql`delete from gateways`));
});

afterAll(() => test.close());

const doorOf = (gatewayId: string) => join(folder, `${gatewayId}.sock`);
const serviceOf = (gatewayId: string) => `unix:/service/${gatewayId}`;

/** Writes a row, without a gateway behind it. */
async function register(gatewayId: string, more: { leaseMs?: number; doorSocket?: string } = {}): Promise<void> {
  const { leaseMs = hourMs, doorSocket = doorOf(gatewayId) } = more;
  const card = { gatewayId, instance: gatewayId, serviceUrl: serviceOf(gatewayId), doorSocket, folderId: 'one' };
  await test.database.withTenant('default', (tx) => putGateway(tx, card, leaseMs));
}

/** Lets somebody answer at a gateway's door. */
async function answer(gatewayId: string): Promise<void> {
  const server = http.createServer();
  await listenOnSocket(server, doorOf(gatewayId));
  servers.set(gatewayId, server);
}

function open(database: Database = test.database): GatewayDirectory {
  const configured = { serviceUrl: serviceOf('configured'), doorSocket: doorOf('configured') };
  directory = createGatewayDirectory({ database, configured, logger: memoryLogger() });
  return directory;
}

/** A workspace that is served by the first of these gateways. */
function workspaceOf(first: string, other: string): string {
  const fleet = [first, other].map((gatewayId) => ({ gatewayId }));
  const found = Array.from({ length: 1_000 }, (_, index) => `w-${index}`).find((id) => rankGateways(id, fleet)[0]?.gatewayId === first);
  if (found === undefined) throw new Error('no key of a thousand falls to one of two');
  return found;
}

describe('the service of a key', () => {
  it('is the configured one while no gateway is known', async () => {
    expect(await open().serviceUrls('p')).toEqual([serviceOf('configured')]);
  });

  it('is that of its gateway, then the other living ones, then the configured one', async () => {
    await register('a');
    await register('b');
    await register('gone', { leaseMs: -1 });

    const urls = await open().serviceUrls('p');

    const ranked = rankGateways('p', [{ gatewayId: 'a' }, { gatewayId: 'b' }]).map(({ gatewayId }) => serviceOf(gatewayId));
    expect(urls).toEqual([...ranked, serviceOf('configured')]);
  });

  it('is named once where it is the configured one', async () => {
    await register('configured');

    expect(await open().serviceUrls('p')).toEqual([serviceOf('configured')]);
  });

  it('is the one of before while the rows cannot be read', async () => {
    await register('a');
    let isAway = false;
    const database: Database = {
      ...test.database,
      withTenant: (tenantId, work) => (isAway ? Promise.reject(new Error('away')) : test.database.withTenant(tenantId, work)),
    };
    const before = await open(database).serviceUrls('p');

    isAway = true;
    // Longer than an answer is kept.
    await sleep(1_100);
    const after = await directory.serviceUrls('p');

    expect(before).toEqual([serviceOf('a'), serviceOf('configured')]);
    expect(after).toEqual(before);
  });
});

describe('the door of a workspace', () => {
  it('is the configured one while no gateway is known, and for one whose door lies elsewhere', async () => {
    await register('far', { doorSocket: '/elsewhere/door.sock' });

    const doorFor = await open().watchDoors();

    expect(doorFor('w')).toBe(doorOf('configured'));
  });

  it('is that of the only one that lives, while it answers', async () => {
    await register('a');
    await answer('a');

    const doorFor = await open().watchDoors();

    expect(doorFor('w')).toBe(doorOf('a'));
  });

  it('is the configured one rather than that of a single row which does not answer', async () => {
    await register('a');
    await answer('configured');

    const doorFor = await open().watchDoors();

    expect(doorFor('w')).toBe(doorOf('configured'));
  });

  it('is that of its gateway, and of the other one from when that answers no more', async () => {
    await register('a');
    await register('b');
    await answer('a');
    await answer('b');
    const [ofA, ofB] = [workspaceOf('a', 'b'), workspaceOf('b', 'a')];
    const doorFor = await open().watchDoors();
    const before = [ofA, ofB].map(doorFor);

    const [killed] = [servers.get('a')];
    if (killed) await stopServer(killed, 0);
    while (doorFor(ofA) !== doorOf('b')) await sleep(20);

    expect(before).toEqual([doorOf('a'), doorOf('b')]);
    expect(doorFor(ofB)).toBe(doorOf('b'));
  });

  it('is the configured one while none answers', async () => {
    await register('a');
    await register('b');

    const doorFor = await open().watchDoors();

    expect([workspaceOf('a', 'b'), workspaceOf('b', 'a')].map(doorFor)).toEqual([doorOf('configured'), doorOf('configured')]);
  });

  it('moves when the lease of its gateway ends, although that answers', async () => {
    await register('a');
    await register('b');
    await answer('a');
    await answer('b');
    const ofA = workspaceOf('a', 'b');
    const doorFor = await open().watchDoors();
    const before = doorFor(ofA);

    await register('a', { leaseMs: -1 });
    while (doorFor(ofA) !== doorOf('b')) await sleep(20);

    expect(before).toBe(doorOf('a'));
  });
});

describe('a database that hangs', () => {
  const hanging = (isHanging: () => boolean): Database => ({
    ...test.database,
    withTenant: (tenantId, work) => (isHanging() ? new Promise(() => undefined) : test.database.withTenant(tenantId, work)),
  });

  it('keeps no call and no door waiting: the configured ones serve', async () => {
    const hung = open(hanging(() => true));

    const [urls, doorFor] = await Promise.all([hung.serviceUrls('p'), hung.watchDoors()]);

    expect(urls).toEqual([serviceOf('configured')]);
    expect(doorFor('w')).toBe(doorOf('configured'));
  });

  it('leaves those that were known, and their doors are looked at as before', async () => {
    await register('a');
    await register('b');
    await answer('a');
    await answer('b');
    let isHanging = false;
    const doorFor = await open(hanging(() => isHanging)).watchDoors();
    const ofA = workspaceOf('a', 'b');

    isHanging = true;
    const killed = servers.get('a');
    if (killed) await stopServer(killed, 0);
    while (doorFor(ofA) !== doorOf('b')) await sleep(20);

    // Longer than an answer is kept.
    await sleep(1_100);
    expect((await directory.serviceUrls('p')).toSorted()).toEqual([serviceOf('a'), serviceOf('b'), serviceOf('configured')]);
  });
});
