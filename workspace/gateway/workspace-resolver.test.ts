import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestDatabase } from '../../db/testing.ts';
import { placeWorkspace, takeIdleWorkspace } from '../../db/workspace-places.ts';
import { claimWarm, keepWarm } from '../../db/warm-workspaces.ts';
import { idleWorkspace } from '../../db/workspaces.ts';
import { createDatabaseResolver } from './workspace-resolver.ts';

let opened: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  opened = await openTestDatabase();
}, 120_000);
afterAll(() => opened?.close());

const tenantId = 'default';
const place = {
  tenantId,
  workspaceId: 'run-1-a1',
  requestId: 'request-1',
  runId: 'run-1',
  attempt: 1,
  hostId: 'h1',
  provisioner: 'local',
  purpose: 'agent' as const,
  state: 'active' as const,
  leaseMs: 60_000,
  baseCommit: 'base',
  egressAllow: [],
  modelAllowed: true,
};

describe('the workspace behind a token', () => {
  it('is of the run that took it over, at once', async () => {
    const { database } = opened;
    await database.withTenant(tenantId, (tx) => placeWorkspace(tx, place));
    const resolver = createDatabaseResolver(database);
    const claims = { tenantId, requestId: 'request-1', workspaceId: 'run-1-a1' };
    const first = await resolver.resolve(claims);

    await database.withTenant(tenantId, async (tx) => {
      await idleWorkspace(tx, 'run-1-a1', 60_000);
      await takeIdleWorkspace(tx, 'run-1-a1', { runId: 'run-2', attempt: 1, baseCommit: 'base', leaseMs: 60_000 });
    });
    const second = await resolver.resolve(claims);

    expect([first?.runId, second?.runId]).toEqual(['run-1', 'run-2']);
  });

  it('that was made before its request is of the one that took it, at once', async () => {
    const { database } = opened;
    const nobody = { requestId: null, projectId: 'p1', warmKey: 'k', modelAllowed: false };
    await database.withTenant(tenantId, (tx) => placeWorkspace(tx, { ...place, workspaceId: 'warm-1', runId: 'warm-1', ...nobody }));
    const resolver = createDatabaseResolver(database);
    const claims = { tenantId, workspaceId: 'warm-1' };
    const made = await resolver.resolve(claims);
    await database.withTenant(tenantId, (tx) => keepWarm(tx, 'warm-1', { lifeMs: 60_000, readyOffset: 1 }));
    const waiting = await resolver.resolve(claims);

    const taker = { requestId: 'request-3', runId: 'run-3', attempt: 1, baseCommit: 'base', leaseMs: 60_000 };
    await database.withTenant(tenantId, (tx) => claimWarm(tx, { hostId: 'h1', warmKey: 'k' }, taker));
    const taken = await resolver.resolve(claims);

    expect(made).toMatchObject({ state: 'active', runId: 'warm-1', requestId: null, projectId: 'p1', modelAllowed: false });
    expect(waiting).toMatchObject({ state: 'warm', runId: null, requestId: null });
    expect(taken).toMatchObject({ state: 'active', runId: 'run-3', requestId: 'request-3', modelAllowed: true });
    expect(await resolver.resolve({ ...claims, tenantId: 'another' })).toBeNull();
  });

  it('is nobody for claims of another request', async () => {
    const resolver = createDatabaseResolver(opened.database);

    expect(await resolver.resolve({ tenantId, requestId: 'request-2', workspaceId: 'run-1-a1' })).toBeNull();
  });
});
