import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getWorkspace, insertWorkspace } from '../../db/workspaces.ts';
import { openWorld, type World } from '../testing/world.ts';
import { keepCaring } from './host-care.ts';

let world: World;

beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** One round. */
const care = () => keepCaring(world.deps, 60_000)();

describe('the care of a host', () => {
  it.each([
    ['active', 'warm-1'],
    ['warm', null],
  ] as const)('ends what an earlier process made before its request, with its repository (%s)', async (state, runId) => {
    const place = { tenantId: 'default', workspaceId: 'warm-1', hostId: 'h1', provisioner: 'fake', purpose: 'agent' as const, attempt: 0 };
    const ofNobody = { requestId: null, runId, projectId: 'p', warmKey: 'k', modelAllowed: false };
    await world.database.withTenant('default', (tx) =>
      insertWorkspace(tx, { ...place, ...ofNobody, state, baseCommit: 'b'.repeat(40), leaseMs: -1 }),
    );
    world.provisioner.add('warm-1');

    await care();

    expect(await world.provisioner.list()).toEqual([]);
    expect(world.git.inputs('dropRun')).toEqual(['warm-1']);
    expect(await world.database.withTenant('default', (tx) => getWorkspace(tx, 'warm-1'))).toMatchObject({ state: 'ended' });
  });
});
