import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { and, eq, ne } from 'drizzle-orm';
import type { Logger } from '../../config/logger.ts';
import type { ProjectSettings } from '../../db/project-settings.ts';
import { getProject, updateProject } from '../../db/projects.ts';
import { workspaces } from '../../db/schema.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { FakeWorkspace } from '../testing/fake-provisioner.ts';
import { requestInput, runInput } from '../testing/samples.ts';
import { openWorld, type World } from '../testing/world.ts';
import { createWarmPool, type WarmPool } from './warm-pool.ts';

const projectId = 'w1';
let world: World;
let pool: WarmPool;
let nowMs: number;
let warned: string[];

beforeEach(async () => {
  world = await openWorld();
  nowMs = Date.now();
  warned = [];
  const warn: Logger['warn'] = (_, fields) => void warned.push(String(fields?.['reason']));
  pool = poolOfProcess('i1', warn);
  world.provisioner.onCreate = ready;
  await world.seed(runInput({ request: requestInput({ projectId }) }), { settings: { warmWorkspaces: 2 } });
});
afterEach(() => world.close());

function poolOfProcess(instance: string, warn: Logger['warn'] = world.deps.logger.warn): WarmPool {
  const { settings, logger } = world.deps;
  const quiet: Logger = { debug: () => undefined, info: () => undefined, warn, error: logger.error, child: () => quiet };
  return createWarmPool({ ...world.deps, settings: { ...settings, instance }, logger: quiet, now: () => nowMs });
}

/** Until a round has nothing to make. */
async function rounds(of = pool): Promise<void> {
  let before: number;
  do {
    before = world.provisioner.specs.length;
    await of.round();
    await of.filled();
  } while (world.provisioner.specs.length > before);
}

const ready = (workspace: FakeWorkspace) => workspace.emit({ type: 'workspace.ready', emittedAtMs: 1, data: { pid: 1, startedInMs: 1 } });
const failing = (workspace: FakeWorkspace) =>
  workspace.emit(
    { type: 'setup.output', emittedAtMs: 1, data: { text: 'no such package\n' } },
    { type: 'error', emittedAtMs: 2, data: { message: 'setup-failed: setup: the command ended with exit code 1' } },
  );

function living(of = projectId) {
  return world.database.withTenant('default', (tx) =>
    tx
      .select()
      .from(workspaces)
      .where(and(eq(workspaces.projectId, of), ne(workspaces.state, 'ended'))),
  );
}

async function change(settings: Partial<ProjectSettings>): Promise<void> {
  await world.database.withTenant('default', async (tx) => {
    const project = await getProject(tx, projectId);
    if (project) await updateProject(tx, projectId, { settings: { ...project.settings, ...settings } });
  });
}

/** Only that which the round before did not know. */
async function newOnes(before: readonly { workspaceId: string }[]) {
  const known = new Set(before.map(({ workspaceId }) => workspaceId));
  return (await living()).filter(({ workspaceId }) => !known.has(workspaceId));
}

describe('the warm pool of a host', () => {
  it('makes as many places as a project wants, of nobody and without a model, and no more', async () => {
    await rounds();
    const made = await living();
    await rounds();

    expect(made).toHaveLength(2);
    for (const row of made) expect(row).toMatchObject({ state: 'warm', requestId: null, runId: null, modelAllowed: false, hostId: 'h1' });
    expect((await world.provisioner.list()).sort()).toEqual(made.map(({ workspaceId }) => workspaceId).sort());
    expect(await newOnes(made)).toEqual([]);
  });

  it('leaves no repository of its own at the gateway', async () => {
    await rounds();

    const made = world.git.inputs('prepareRun').map(({ runId }) => runId);
    const dropped = world.git.inputs('dropRun');
    expect(made).toHaveLength(2);
    expect([...dropped].sort()).toEqual([...made].sort());
  });

  it('where there is no room for all serves the project that has waited for longest', async () => {
    const other = 'w2';
    const request = requestInput({ requestId: '01890000-0000-7000-8007-000000000002', projectId: other });
    await world.seed(runInput({ request, messages: [] }), { settings: { warmWorkspaces: 1 } });
    world.deps.settings.warmWorkspacesMax = 1;
    pool = poolOfProcess('i1');
    await rounds();
    const before = await living();
    for (const { workspaceId } of before) await world.provisioner.destroy(workspaceId);
    nowMs += 1_000;

    await rounds();

    expect(before).toHaveLength(1);
    expect(await living()).toEqual([]);
    expect(await living(other)).toHaveLength(1);
  });

  it('waits while a run starts here', async () => {
    const started = world.deps.starts.enter();

    await rounds();
    const during = await living();
    started();
    await rounds();

    expect(during).toEqual([]);
    expect(await living()).toHaveLength(2);
  });

  it.each<[string, () => Promise<void>, number]>([
    ['when the project wants fewer', () => change({ warmWorkspaces: 1 }), 1],
    ['when the project wants none', () => change({ warmWorkspaces: 0 }), 2],
    ['made of settings that were changed since', () => change({ setup: 'npm ci' }), 2],
    [
      'that died',
      async () => {
        for (const id of await world.provisioner.list()) (await world.provisioner.adopt(id))?.end();
      },
      2,
    ],
  ])('throws those away %s', async (_, happen, gone) => {
    await rounds();
    const before = (await living()).map(({ workspaceId }) => workspaceId);
    await happen();

    await rounds();

    const after = (await living()).map(({ workspaceId }) => workspaceId);
    expect(before.filter((id) => !after.includes(id))).toHaveLength(gone);
    expect(world.provisioner.destroyed.filter((id) => before.includes(id))).toHaveLength(gone);
  });

  it('throws one away that does not say how it is, and lets all wait while their daemon is away', async () => {
    await rounds();
    const [first, second] = await living();
    const broken = await world.provisioner.adopt(first?.workspaceId ?? '');
    if (broken) broken.state = () => Promise.reject(new Error('EMFILE'));
    world.provisioner.away = new DomainError('transient', 'docker-unreachable', 'docker: no answer');
    await expect(pool.round()).rejects.toMatchObject({ code: 'docker-unreachable' });
    const whileAway = await living();
    world.provisioner.away = null;

    await rounds();

    const after = (await living()).map(({ workspaceId }) => workspaceId);
    expect(whileAway).toHaveLength(2);
    expect(after).toHaveLength(2);
    expect(after).toContain(second?.workspaceId);
    expect(after).not.toContain(first?.workspaceId);
  });

  it('with a setup makes them anew once the base branch has moved', async () => {
    await change({ setup: 'npm ci' });
    await rounds();
    const before = await living();
    world.git.baseCommit = 'd'.repeat(40);

    await rounds();
    const soon = await newOnes(before);
    nowMs += 61_000;
    await rounds();

    expect(soon).toEqual([]);
    expect(await newOnes(before)).toHaveLength(2);
    expect(await living()).toHaveLength(2);
  });

  it('looks again at once when a run found none of its kind among them', async () => {
    await change({ setup: 'npm ci' });
    await rounds();
    const before = await living();
    world.git.baseCommit = 'd'.repeat(40);

    world.deps.starts.missed(projectId);
    await rounds();

    expect(await newOnes(before)).toHaveLength(2);
  });

  it('discards those of the process before it: it does not know what they were started with', async () => {
    await rounds();
    const before = await living();

    await rounds(poolOfProcess('i2'));

    expect(await newOnes(before)).toHaveLength(2);
    expect(await living()).toHaveLength(2);
  });

  it('tells a setup that fails once, with its last words, leaves nothing, and tries again ever more seldom', async () => {
    world.provisioner.onCreate = failing;

    for (let minute = 0; minute < 8; minute++) {
      await rounds();
      nowMs += 30_000;
    }

    expect(warned).toEqual([expect.stringMatching(/ended with exit code 1; its setup said last: no such package$/)]);
    // At 0, 30, 90 and 210 s.
    expect(world.provisioner.specs).toHaveLength(4);
    expect([await living(), await world.provisioner.list()]).toEqual([[], []]);
  });

  it('is as patient with a setup that fails when the base branch moves on', async () => {
    world.provisioner.onCreate = failing;
    await change({ setup: 'npm ci' });

    for (const letter of ['c', 'd', 'e']) {
      world.git.baseCommit = letter.repeat(40);
      world.deps.starts.missed(projectId);
      await rounds();
    }

    expect(world.provisioner.specs).toHaveLength(1);
    expect(warned).toHaveLength(1);
  });

  it('is as patient with a setup that fails when its repository was away in between', async () => {
    world.provisioner.onCreate = failing;
    await rounds();
    nowMs += 30_000;
    await rounds();
    world.git.failNext.branchTip = new DomainError('transient', 'repository-unreachable', 'fetch: no answer');
    world.deps.starts.missed(projectId);
    await rounds();
    nowMs += 31_000;

    await rounds();

    // The third time is 60 s after the second.
    expect(world.provisioner.specs).toHaveLength(2);
  });

  it('cares for what waits while another is being made, and keeps that only if it is wanted still', async () => {
    await rounds();
    const [first, second] = await living();
    await world.provisioner.destroy(first?.workspaceId ?? '');
    world.provisioner.onCreate = () => undefined;
    await pool.round();
    while ((await world.provisioner.list()).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await change({ warmWorkspaces: 0 });

    await pool.round();
    const [made, ...others] = await world.provisioner.list();
    const place = await world.provisioner.adopt(made ?? '');
    if (place) ready(place);
    await pool.filled();
    await pool.round();

    expect(others).toEqual([]);
    expect(world.provisioner.destroyed).toContain(second?.workspaceId);
    expect([await living(), await world.provisioner.list()]).toEqual([[], []]);
  });

  it('makes no other one where one was made in the middle of a round', async () => {
    await change({ warmWorkspaces: 1 });
    world.provisioner.onCreate = () => undefined;
    await pool.round();
    while ((await world.provisioner.list()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { branchTip } = world.git;
    world.git.branchTip = async (input) => {
      const [made] = await world.provisioner.list();
      const place = await world.provisioner.adopt(made ?? '');
      if (place) ready(place);
      world.provisioner.onCreate = ready;
      await pool.filled();
      return branchTip.call(world.git, input);
    };
    world.deps.starts.missed(projectId);

    await pool.round();
    await pool.filled();

    expect(await living()).toHaveLength(1);
    expect(world.provisioner.specs).toHaveLength(1);
  });

  it('tries at once when what failed was mended', async () => {
    world.provisioner.onCreate = failing;
    await rounds();
    world.provisioner.onCreate = ready;

    await change({ setup: 'npm ci || true' });
    await rounds();

    expect(await living()).toHaveLength(2);
  });

  it('lets them wait while the repository cannot be asked', async () => {
    await rounds();
    nowMs += 61_000;
    world.git.failNext.branchTip = new DomainError('transient', 'repository-unreachable', 'fetch: no answer');

    await rounds();

    expect(await living()).toHaveLength(2);
    expect(warned).toEqual(['fetch: no answer']);
  });

  it('ends what it is making when it stops', async () => {
    world.provisioner.onCreate = () => undefined;
    await pool.round();
    while ((await world.provisioner.list()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));

    await pool.stop();
    await pool.filled();

    expect([await living(), await world.provisioner.list()]).toEqual([[], []]);
  });
});
