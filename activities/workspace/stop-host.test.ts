import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getWorkspace, insertWorkspace } from '../../db/workspaces.ts';
import type { SupervisorCommand } from '../../workflows/contracts/supervisor.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import type { FakeWorkspace } from '../testing/fake-provisioner.ts';
import { requestInput, runInput } from '../testing/samples.ts';
import { openWorld, type World } from '../testing/world.ts';
import { stopHost } from './stop-host.ts';

const saved = { commit: 'a'.repeat(40), sessionArtifactId: 's1', threadId: 't1' };
let world: World;

beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

interface PlaceOptions {
  state?: 'active' | 'idle';
  hostId?: string;
  purpose?: 'agent' | 'checks';
  onDeliver?: (workspace: FakeWorkspace, message: SupervisorCommand) => void;
}

/** A seeded run `n` with a workspace that is at work on this host unless told otherwise. */
async function place(n: number, over: PlaceOptions = {}): Promise<{ run: RunInput; workspaceId: string; workspace: FakeWorkspace }> {
  const requestId = `01890000-0000-7000-8006-${String(n).padStart(12, '0')}`;
  const run = runInput({ request: requestInput({ requestId, projectId: `sh${n}` }), messages: [] });
  await world.seed(run);
  const { state = 'active', hostId = 'h1', purpose = 'agent', onDeliver } = over;
  const workspaceId = `${run.runId}-a1`;
  const runId = state === 'active' ? run.runId : null;
  const row = { tenantId: 'default', workspaceId, requestId, runId, hostId, provisioner: 'fake', purpose, state, attempt: 1 };
  await world.database.withTenant('default', (tx) => insertWorkspace(tx, { ...row, baseCommit: 'b'.repeat(40), leaseMs: 60_000 }));
  const workspace = world.provisioner.add(workspaceId);
  if (onDeliver) workspace.onDeliver = (message) => onDeliver(workspace, message);
  return { run, workspaceId, workspace };
}

/** What a supervisor does with `save`. */
function savesItself(workspace: FakeWorkspace, message: SupervisorCommand): void {
  const { messageId } = message;
  workspace.emit(
    { type: 'saved', emittedAtMs: 1, data: saved },
    { type: 'command.done', emittedAtMs: 2, data: { messageId, ok: true, error: null } },
  );
}

const rowOf = (workspaceId: string) => world.database.withTenant('default', (tx) => getWorkspace(tx, workspaceId));

describe('stopHost', () => {
  it('stores what an unwatched turn saved, then ends its place; the run stays on the row so that the next attempt resumes', async () => {
    const { run, workspaceId } = await place(1, { onDeliver: savesItself });

    const result = await stopHost(world.deps);

    expect(result).toEqual({ saved: 1, destroyed: 1 });
    expect(await rowOf(workspaceId)).toMatchObject({
      state: 'ended',
      runId: run.runId,
      save: { ...saved, bundleArtifactId: `bundle-${saved.commit}` },
    });
    expect(world.provisioner.destroyed).toEqual([workspaceId]);
    expect((await world.events(run)).map((event) => event.type)).toContain('saved');
  });

  it('leaves storing to the watcher of a turn, and waits for it', async () => {
    const order: string[] = [];
    const { workspaceId } = await place(1, {
      onDeliver: (_, { messageId }) =>
        setImmediate(() => {
          order.push('stored by the watcher');
          watch.done(messageId);
        }),
    });
    const watch = world.deps.watches.enter(workspaceId);
    const destroy = world.provisioner.destroy.bind(world.provisioner);
    world.provisioner.destroy = async (id) => {
      order.push('destroyed');
      await destroy(id);
    };

    const result = await stopHost(world.deps);

    expect(result).toEqual({ saved: 1, destroyed: 1 });
    expect(order).toEqual(['stored by the watcher', 'destroyed']);
    expect(world.git.inputs('save')).toEqual([]);
  });

  it('ends every place of its own, also idle ones and those without a row, and nothing of another host', async () => {
    const idle = await place(1, { state: 'idle' });
    const checks = await place(2, { purpose: 'checks' });
    const foreign = await place(3, { hostId: 'h2' });
    await world.provisioner.destroy(foreign.workspaceId);
    world.provisioner.add('without-a-row');

    const result = await stopHost(world.deps);

    expect(result).toEqual({ saved: 0, destroyed: 3 });
    expect(await world.provisioner.list()).toEqual([]);
    expect([idle.workspace.delivered, checks.workspace.delivered]).toEqual([[], []]);
    expect((await rowOf(idle.workspaceId))?.state).toBe('ended');
    expect((await rowOf(foreign.workspaceId))?.state).toBe('active');
  });

  it('ends warm places, and those that are being made, without a save: nobody has worked in them', async () => {
    const { workspace: working } = await place(1, { onDeliver: savesItself });
    const nobody = { tenantId: 'default', requestId: null, projectId: 'p', warmKey: 'k', hostId: 'h1', provisioner: 'fake', attempt: 0 };
    const row = { ...nobody, purpose: 'agent' as const, baseCommit: 'b'.repeat(40), modelAllowed: false, leaseMs: 60_000 };
    await world.database.withTenant('default', async (tx) => {
      await insertWorkspace(tx, { ...row, workspaceId: 'warm-1', runId: null, state: 'warm' });
      await insertWorkspace(tx, { ...row, workspaceId: 'warm-2', runId: 'warm-2', state: 'active' });
    });
    const places = ['warm-1', 'warm-2'].map((workspaceId) => world.provisioner.add(workspaceId));

    const result = await stopHost(world.deps);

    expect(result).toEqual({ saved: 1, destroyed: 3 });
    expect([working, ...places].map(({ delivered }) => delivered.length)).toEqual([1, 0, 0]);
    expect([(await rowOf('warm-1'))?.state, (await rowOf('warm-2'))?.state]).toEqual(['ended', 'ended']);
  });

  it('ends the others when one of several cannot be ended', async () => {
    const places = [await place(1), await place(2), await place(3)];
    const [stuck] = places;
    const destroy = world.provisioner.destroy.bind(world.provisioner);
    world.provisioner.destroy = async (id) => {
      if (id === stuck?.workspaceId) throw new Error('EBUSY: resource busy or locked');
      await destroy(id);
    };

    const result = await stopHost(world.deps);

    expect(result).toMatchObject({ destroyed: 2 });
    expect(await world.provisioner.list()).toEqual([stuck?.workspaceId]);
  });

  it('goes on when one of several cannot be saved', async () => {
    const dead = await place(1);
    dead.workspace.end({ exitCode: 137 });
    const refused = await place(2, {
      onDeliver: (workspace, { messageId }) =>
        workspace.emit({ type: 'command.done', emittedAtMs: 1, data: { messageId, ok: false, error: 'disk full' } }),
    });
    const broken = await place(3, {
      onDeliver: () => {
        throw new Error('the inbox is gone');
      },
    });
    const good = await place(4, { onDeliver: savesItself });

    const result = await stopHost(world.deps);

    expect(result).toEqual({ saved: 1, destroyed: 4 });
    for (const { workspaceId } of [dead, refused, broken, good]) expect((await rowOf(workspaceId))?.state).toBe('ended');
    expect((await rowOf(good.workspaceId))?.save).toMatchObject({ commit: saved.commit });
    expect((await rowOf(refused.workspaceId))?.save).toBeNull();
  });
});
