import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Tx } from './port.ts';
import { insertProject } from './projects.ts';
import type { ProjectSettings } from './project-settings.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';
import { claimWarm, closeWarm, countWarm, hasWarm, keepWarm, listWarmProjects } from './warm-workspaces.ts';
import { closeLapsedWaiting, listAgentWorkspaces, placeWorkspace } from './workspace-places.ts';
import { getWorkspace } from './workspaces.ts';

const hostId = 'h1';
let test: TestDatabase;
let count = 0;
let key: string;

beforeAll(async () => {
  test = await openTestDatabase({ maxConnections: 20 });
});
afterAll(() => test.close());
beforeEach(() => {
  key = `key-${(count += 1)}`;
});

function inTenant<T>(work: (tx: Tx) => Promise<T>, tenantId = 't'): Promise<T> {
  return test.database.withTenant(tenantId, work);
}

/** One that is being made. */
async function beginOne(name: string): Promise<string> {
  const workspaceId = `${key}-${name}`;
  const place = { tenantId: 't', workspaceId, runId: workspaceId, attempt: 0, hostId, provisioner: 'fake', purpose: 'agent' as const };
  const nobody = { requestId: null, projectId: `project-of-${key}`, warmKey: key, modelAllowed: false };
  await inTenant((tx) => placeWorkspace(tx, { ...place, ...nobody, state: 'active', baseCommit: 'made-at', leaseMs: 60_000 }));
  return workspaceId;
}

async function warmOne(name: string, lifeMs = 60_000): Promise<string> {
  const workspaceId = await beginOne(name);
  await inTenant((tx) => keepWarm(tx, workspaceId, { lifeMs, readyOffset: 7 }));
  return workspaceId;
}

function claim(runId: string, where: Partial<{ hostId: string; warmKey: string }> = {}, tenantId = 't') {
  const taker = { requestId: `request-of-${key}`, runId, attempt: 1, baseCommit: 'base', leaseMs: 60_000 };
  return inTenant((tx) => claimWarm(tx, { hostId, warmKey: key, ...where }, taker), tenantId);
}

const rowOf = (workspaceId: string) => inTenant((tx) => getWorkspace(tx, workspaceId));

describe('a warm workspace', () => {
  it('goes to one of many runs that ask at the same time, and the others get none', async () => {
    const warm = await Promise.all(['a', 'b', 'c'].map((name) => warmOne(name)));

    const claims = await Promise.all(Array.from({ length: 12 }, (_, n) => claim(`run-${n}`)));

    const taken = claims.flatMap((claimed) => claimed?.workspaceId ?? []);
    expect(taken.sort()).toEqual(warm.sort());
  });

  it('is the place of that run from then on, with its model, and found by its request', async () => {
    const workspaceId = await warmOne('a');

    await claim('run-1');

    expect(await rowOf(workspaceId)).toMatchObject({
      state: 'active',
      requestId: `request-of-${key}`,
      runId: 'run-1',
      attempt: 1,
      baseCommit: 'base',
      modelAllowed: true,
      projectId: `project-of-${key}`,
      readyOffset: 7,
    });
    expect(await inTenant((tx) => listAgentWorkspaces(tx, `request-of-${key}`))).toHaveLength(1);
  });

  it('is the oldest first, since it has the least time left', async () => {
    const [first, second] = [await warmOne('a'), await warmOne('b')];

    const claims = [await claim('run-1'), await claim('run-2'), await claim('run-3')];

    expect(claims.map((claimed) => claimed?.workspaceId)).toEqual([first, second, undefined]);
  });

  it.each<[string, () => ReturnType<typeof claim>]>([
    ['another tenant', () => claim('run-1', {}, 'other')],
    ['another host', () => claim('run-1', { hostId: 'h2' })],
    ['a run that needs another kind', () => claim('run-1', { warmKey: 'another' })],
  ])('is not seen by %s', async (_, ask) => {
    const workspaceId = await warmOne('a');

    expect(await ask()).toBeNull();
    expect(await rowOf(workspaceId)).toMatchObject({ state: 'warm' });
  });

  it('is given to nobody while it is made, once its time is over, or once it was ended', async () => {
    await beginOne('made');
    await warmOne('lapsed', -1);
    const ended = await warmOne('ended');
    const wasEnded = await inTenant((tx) => closeWarm(tx, ended));

    expect(wasEnded).toBe(true);
    expect(await claim('run-1')).toBeNull();
  });

  it('is not ended once a run took it', async () => {
    const workspaceId = await warmOne('a');
    await claim('run-1');

    const results = await inTenant(async (tx) => [
      await closeWarm(tx, workspaceId),
      await closeLapsedWaiting(tx, workspaceId, { evenIfTimeIsLeft: true }),
      await keepWarm(tx, workspaceId, { lifeMs: 60_000, readyOffset: 9 }),
    ]);

    expect(results).toEqual([false, false, false]);
    expect(await rowOf(workspaceId)).toMatchObject({ state: 'active', runId: 'run-1' });
  });

  it('is looked for by project and host', async () => {
    await warmOne('a');

    const answers = await inTenant(async (tx) => [
      await hasWarm(tx, { hostId, projectId: `project-of-${key}` }),
      await hasWarm(tx, { hostId: 'h2', projectId: `project-of-${key}` }),
      await hasWarm(tx, { hostId, projectId: 'another' }),
    ]);

    expect(answers).toEqual([true, false, false]);
  });
});

describe('the projects that want some', () => {
  it('is counted for its project on whatever host, until it is taken or its time is over', async () => {
    const projectId = `project-of-${key}`;
    const [taken] = [await warmOne('a'), await warmOne('b'), await warmOne('lapsed', -1)];
    await inTenant((tx) => closeWarm(tx, taken));
    await beginOne('half-made');

    const counts = await inTenant((tx) => countWarm(tx, [projectId, 'another']));

    expect([...counts]).toEqual([[projectId, 1]]);
  });

  it('are found in every tenant, by their settings', async () => {
    const project = { forge: 'local', repositoryKind: 'git' as const, repositoryUrl: '/r.git', defaultBranch: 'main' };
    const insert = (tenantId: string, projectId: string, settings: Partial<ProjectSettings>) =>
      inTenant(
        (tx) => insertProject(tx, { ...project, tenantId, projectId, name: projectId, settings: settings as ProjectSettings }),
        tenantId,
      );
    await insert('t', 'wants-two', { warmWorkspaces: 2 });
    await insert('t', 'wants-none', { warmWorkspaces: 0 });
    await insert('t', 'says-nothing', {});
    await insert('other', 'wants-one', { warmWorkspaces: 1 });

    const found = await test.database.asHousekeeper(listWarmProjects);

    expect(found).toEqual([
      { tenantId: 'other', projectId: 'wants-one' },
      { tenantId: 't', projectId: 'wants-two' },
    ]);
  });
});
