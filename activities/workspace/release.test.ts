import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getWorkspace, insertWorkspace } from '../../db/workspaces.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { runInput } from '../testing/samples.ts';
import { openWorld, type World } from '../testing/world.ts';
import { createRelease } from './release.ts';

let world: World;

beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

describe('releaseWorkspace', () => {
  it('closes the row of a place that cannot be ended, and says so', async () => {
    const run = runInput();
    await world.seed(run);
    const { runId, request } = run;
    const place = { workspaceId: 'w1', hostId: 'h1', provisioner: 'fake', runId, attempt: 1 };
    const ofRun = { tenantId: request.tenantId, requestId: request.requestId, purpose: 'agent' as const, state: 'active' as const };
    await world.database.withTenant(request.tenantId, (tx) =>
      insertWorkspace(tx, { ...place, ...ofRun, baseCommit: 'b'.repeat(40), modelAllowed: true, leaseMs: 60_000 }),
    );
    world.provisioner.stuck = new DomainError('transient', 'folder-stuck', 'destroy: it cannot be removed');

    const released = createRelease(world.deps)({ workspace: { ...place, hasChecks: false }, mode: 'destroy' });

    await expect(released).rejects.toMatchObject({ code: 'folder-stuck' });
    expect(await world.database.withTenant(request.tenantId, (tx) => getWorkspace(tx, 'w1'))).toMatchObject({ state: 'ended' });
  });
});
