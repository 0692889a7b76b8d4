import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import type { ProjectSettings } from '../../db/project-settings.ts';
import { getProject } from '../../db/projects.ts';
import { endRun, getRun, insertRun } from '../../db/runs.ts';
import { closeWorkspaces, listAgentWorkspaces } from '../../db/workspace-places.ts';
import { getWorkspace, recordSave } from '../../db/workspaces.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { FailureReason, RunInput, WorkspaceRef } from '../../workflows/contracts/run.ts';
import type { RunTokenClaims } from '../../workspace/gateway/token.ts';
import { FakeProvisioner, type FakeWorkspace } from '../testing/fake-provisioner.ts';
import { checkpoint, requestInput, runInput } from '../testing/samples.ts';
import { openWorld, testEnvironment, type World } from '../testing/world.ts';
import { createProjectPlans } from './project-plans.ts';
import { createRelease } from './release.ts';
import { createStartTurn } from './start-turn.ts';
import { makeWarm, warmRecipe } from './warm-place.ts';

describe('startTurn', () => {
  let world: World;
  let run: RunInput;
  let count = 0;

  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    run = nextRun();
    world.git.projectFileText = null;
    await world.seed(run, { prompt: '--fix "it"\n🐛' });
  });

  function start(input = run, attempt = 1, environment = testEnvironment(), deps = world.deps): Promise<WorkspaceRef> {
    const startTurn = createStartTurn(deps, createProjectPlans(world.git));
    return environment.run(startTurn, { run: input, attempt, turnMessageId: `${input.runId}-a${attempt}-t1` });
  }

  function nextRun(): RunInput {
    count += 1;
    const requestId = `01890000-0000-7000-8001-${String(count).padStart(12, '0')}`;
    return runInput({
      request: requestInput({ requestId, projectId: `s${count}` }),
      messages: [{ messageId: `sm${count}`, kind: 'prompt', author: null }],
    });
  }

  async function seedAnother(settings: Partial<ProjectSettings>) {
    const other = nextRun();
    await world.seed(other, { settings });
    return other;
  }

  const rowOf = (workspaceId: string) => world.database.withTenant('default', (tx) => getWorkspace(tx, workspaceId));
  const specOf = (workspaceId: string) => world.provisioner.specs.findLast((spec) => spec.job.workspaceId === workspaceId);

  /** As another try of the same start, on another machine. */
  function startElsewhere(input = run): Promise<WorkspaceRef> {
    const settings = { ...world.deps.settings, hostId: 'h2' };
    return start(input, 1, testEnvironment(), { ...world.deps, settings, provisioner: new FakeProvisioner() });
  }

  /** Those in which an agent of the run may work. */
  async function placesOf({ runId, request }: RunInput): Promise<{ workspaceId: string; hostId: string }[]> {
    const rows = await world.database.withTenant('default', (tx) => listAgentWorkspaces(tx, request.requestId));
    return rows.filter((row) => row.runId === runId && row.state === 'active').map(({ workspaceId, hostId }) => ({ workspaceId, hostId }));
  }

  async function deliveredTo(workspaceId: string) {
    return (await world.provisioner.adopt(workspaceId))?.delivered ?? [];
  }

  it('makes the workspace with its row and token and delivers the prompt unchanged', async () => {
    world.git.projectFileText = 'setup: npm ci\nchecks: [npm test]\n';

    const ref = await start();

    expect(ref).toEqual({
      workspaceId: `${run.runId}-a1`,
      hostId: 'h1',
      provisioner: 'fake',
      runId: run.runId,
      attempt: 1,
      hasChecks: true,
    });
    expect(await rowOf(ref.workspaceId)).toMatchObject({
      state: 'active',
      runId: run.runId,
      baseCommit: world.git.baseCommit,
      modelAllowed: true,
    });
    expect(specOf(ref.workspaceId)).toMatchObject({ runToken: `token-of-${ref.workspaceId}`, job: { setup: 'npm ci', session: null } });
    const [turn] = await deliveredTo(ref.workspaceId);
    expect(turn).toMatchObject({
      kind: 'turn',
      mode: 'work',
      input: [{ type: 'text', text: '--fix "it"\n🐛' }, { text: expect.stringContaining('npm test') }],
    });
    expect((await world.events(run)).map((event) => event.type)).toEqual(['run.attempt', 'message.delivered']);
    expect(await world.database.withTenant('default', (tx) => getRun(tx, run.runId))).toMatchObject({ status: 'working', attempts: 1 });
  });

  it('tells what the workspace waits for in the log of the request, after the attempt that waits', async () => {
    const step = { step: 'pull' as const, subject: 'example.org/image:1' };
    world.provisioner.steps = [
      { type: 'preparation.started', emittedAtMs: 1, data: step },
      { type: 'preparation.completed', emittedAtMs: 2, data: { ...step, ok: false, durationMs: 1, message: 'no such host' } },
    ];

    await start();
    world.provisioner.steps = [];

    const events = await world.events(run);
    expect(events.map(({ type, runId, attempt }) => [type, runId, attempt])).toEqual(
      ['run.attempt', 'message.delivered', 'preparation.started', 'preparation.completed'].map((type) => [type, run.runId, 1]),
    );
    expect(events.at(-1)?.data).toMatchObject({ ok: false, durationMs: 1, message: 'no such host' });
  });

  it('begins with what an earlier setup made by the same lock files, and names it in the token', async () => {
    world.git.projectFileText = 'setup: npm ci\n';
    world.git.setupDigest = '1'.repeat(64);
    const told: RunTokenClaims[] = [];
    const { issueToken } = world.deps;
    world.deps.issueToken = (claims) => {
      told.push(claims);
      return issueToken(claims);
    };

    const ref = await start();
    world.deps.issueToken = issueToken;
    world.git.setupDigest = null;

    const snapshot = specOf(ref.workspaceId)?.job.snapshot;
    expect(snapshot).toMatchObject({ key: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(told).toMatchObject([{ workspaceId: ref.workspaceId, setupKey: snapshot?.key }]);
  });

  it('uses the image that the project names, the file of its base branch first', async () => {
    world.git.projectFileText = 'image: example.org/of-the-file:2\n';
    const fromFile = await start();
    expect(specOf(fromFile.workspaceId)?.image).toBe('example.org/of-the-file:2');

    world.git.projectFileText = null;
    const other = await seedAnother({ image: 'example.org/of-the-settings:1' });
    const fromSettings = await start(other);
    expect(specOf(fromSettings.workspaceId)?.image).toBe('example.org/of-the-settings:1');
  });

  it('refuses a project with an image where workspaces have none, and leaves nothing', async () => {
    world.provisioner.offers = [];
    const other = await seedAnother({ image: 'example.org/tools:1' });

    const attempt = start(other);

    await expect(attempt).rejects.toMatchObject({
      code: 'setup-failed',
      kind: 'permanent',
      message: expect.stringMatching(/names the image example\.org\/tools:1, and workspaces of kind fake have none: start a Docker daemon/),
    });
    world.provisioner.offers = ['image', 'services'];
    expect(specOf(`${other.runId}-a1`)).toBeUndefined();
    expect(world.provisioner.destroyed).toContain(`${other.runId}-a1`);
  });

  it('starts the services of the project, and refuses them where workspaces have none', async () => {
    const db = { name: 'db', image: 'postgres:16', port: 5432, env: { POSTGRES_PASSWORD: 'test' } };
    const ref = await start(await seedAnother({ services: [db] }));
    expect(specOf(ref.workspaceId)?.services).toEqual([db]);

    world.provisioner.offers = ['image'];
    const attempt = start(await seedAnother({ services: [db] }));
    await expect(attempt).rejects.toMatchObject({
      code: 'setup-failed',
      kind: 'permanent',
      message: expect.stringContaining('needs the service db, and workspaces of kind fake have none'),
    });
    world.provisioner.offers = ['image', 'services'];
  });

  it('adopts what an earlier try made and delivers nothing twice', async () => {
    const first = await start();

    const second = await start();

    expect(second).toEqual(first);
    expect(await deliveredTo(first.workspaceId)).toHaveLength(1);
    expect(world.provisioner.begun.filter((workspaceId) => workspaceId === first.workspaceId)).toHaveLength(1);
    expect((await world.events(run)).map((event) => event.type)).toEqual(['run.attempt', 'message.delivered']);
  });

  it('resumes the last save of an attempt that lost its place, and says so', async () => {
    const first = await start();
    const save = { commit: 'e'.repeat(40), bundleArtifactId: 'b-save', sessionArtifactId: 'sess', threadId: 'thr' };
    await world.database.withTenant('default', async (tx) => {
      await recordSave(tx, first.workspaceId, save);
      await closeWorkspaces(tx, [first.workspaceId]);
    });
    await world.provisioner.destroy(first.workspaceId);

    const second = await start(run, 2);

    expect(specOf(second.workspaceId)?.job).toMatchObject({
      checkout: { commit: save.commit },
      session: { artifactId: 'sess', threadId: 'thr' },
    });
    expect(JSON.stringify((await deliveredTo(second.workspaceId))[0])).toContain('was cut off');
  });

  it('keeps the repository of the run when an earlier attempt is released late', async () => {
    const first = await start();
    const second = await start(run, 2);

    await createRelease(world.deps)({ workspace: first, mode: 'destroy' });

    expect(world.provisioner.destroyed).toContain(first.workspaceId);
    expect(await rowOf(second.workspaceId)).toMatchObject({ state: 'active' });
    expect(world.git.inputs('dropRun')).not.toContain(run.runId);
  });

  describe('of a run that a person tries again', () => {
    const save = { commit: 'e'.repeat(40), bundleArtifactId: 'b-save', sessionArtifactId: 'sess', threadId: 'thr' };

    /** The run ends with this reason after a save; answers the run that follows it. */
    async function tryAgainAfter(reason: FailureReason): Promise<RunInput> {
      const first = await start();
      const result = { runId: run.runId, attempts: 1, checkpoint: null, unchanged: false, plan: null, checks: [], handledMessageIds: [] };
      await world.database.withTenant('default', async (tx) => {
        await recordSave(tx, first.workspaceId, save);
        await endRun(tx, { ...result, status: 'failed', reason, message: '' }, { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 });
      });
      await createRelease(world.deps)({ workspace: first, mode: 'destroy' });
      const next = { ...run, runId: `${run.request.requestId}-2`, ordinal: 2 };
      await world.database.withTenant('default', (tx) => insertRun(tx, next, 'waiting'));
      return next;
    }

    it.each<[FailureReason]>([['place-lost'], ['supervisor-gone'], ['place-unreachable'], ['wall-clock'], ['inactivity']])(
      'resumes the last save where that ended as %s, and says so',
      async (reason) => {
        const second = await start(await tryAgainAfter(reason));

        expect(specOf(second.workspaceId)?.job).toMatchObject({
          checkout: { commit: save.commit },
          session: { artifactId: 'sess', threadId: 'thr' },
        });
        expect(JSON.stringify((await deliveredTo(second.workspaceId))[0])).toContain('was cut off');
        expect((await world.events(run)).findLast(({ type }) => type === 'run.attempt')?.data).toMatchObject({ resumedFrom: save.commit });
      },
    );

    it('begins anew where the agent failed by itself', async () => {
      const second = await start(await tryAgainAfter('agent-exit'));

      expect(specOf(second.workspaceId)?.job).toMatchObject({ checkout: { commit: world.git.baseCommit }, session: null });
    });
  });

  it('takes over the idle workspace of the request for a follow-up', async () => {
    const first = await start();
    await createRelease(world.deps)({ workspace: first, mode: 'idle' });
    const followUp = { ...run, runId: `${run.request.requestId}-2`, ordinal: 2, purpose: 'follow-up' as const, from: checkpoint() };

    const second = await start(followUp);

    expect(second).toMatchObject({ workspaceId: first.workspaceId, runId: followUp.runId });
    expect(await rowOf(first.workspaceId)).toMatchObject({ state: 'active', runId: followUp.runId });
    const delivered = await deliveredTo(first.workspaceId);
    expect(delivered.map((message) => message.kind)).toEqual(['turn', 'reset', 'turn']);
    expect(delivered[1]).toMatchObject({ commit: checkpoint().commit });
  });

  it('leaves a follow-up one place when its start is tried again on another host', async () => {
    const first = await start();
    await createRelease(world.deps)({ workspace: first, mode: 'idle' });
    const followUp = { ...run, runId: `${run.request.requestId}-2`, ordinal: 2, purpose: 'follow-up' as const, from: checkpoint() };
    await start(followUp);

    await startElsewhere(followUp);

    expect(await placesOf(followUp)).toEqual([{ workspaceId: `${followUp.runId}-a1`, hostId: 'h2' }]);
    expect(await rowOf(first.workspaceId)).toMatchObject({ state: 'ended' });
  });

  it('makes a fresh workspace with the session when the idle one died', async () => {
    const first = await start();
    await createRelease(world.deps)({ workspace: first, mode: 'idle' });
    (await world.provisioner.adopt(first.workspaceId))?.end();
    const followUp = { ...run, runId: `${run.request.requestId}-2`, ordinal: 2, from: checkpoint() };

    const second = await start(followUp);

    expect(second.workspaceId).toBe(`${followUp.runId}-a1`);
    expect(specOf(second.workspaceId)?.job.session).toEqual({ artifactId: 'session1', threadId: 'thread1' });
    expect(await rowOf(first.workspaceId)).toMatchObject({ state: 'ended' });
  });

  describe('with a warm workspace of its project', () => {
    /** Obeys as a supervisor does that has nothing to do. */
    function obeys(workspace: FakeWorkspace, ok = true): void {
      workspace.onDeliver = ({ messageId, kind }) => {
        if (kind === 'reset')
          workspace.emit({ type: 'command.done', emittedAtMs: 1, data: { messageId, ok, error: ok ? null : 'no such commit' } });
      };
    }

    async function warmOne(prepare: (workspace: FakeWorkspace) => void = obeys): Promise<string> {
      const before = await world.provisioner.list();
      world.provisioner.onCreate = (workspace) => {
        workspace.emit({ type: 'workspace.ready', emittedAtMs: 1, data: { pid: 1, startedInMs: 1 } });
        prepare(workspace);
      };
      const project = await world.database.withTenant('default', (tx) => getProject(tx, run.request.projectId));
      if (!project) throw new Error('no project');
      const recipe = await warmRecipe(world.deps, project, `warm-${run.runId}`);
      await makeWarm(world.deps, recipe, new AbortController().signal);
      world.provisioner.onCreate = () => undefined;
      return (await world.provisioner.list()).find((id) => !before.includes(id)) ?? '';
    }

    it('begins in it at once, and says so', async () => {
      const workspaceId = await warmOne();
      const made = world.provisioner.specs.length;

      const ref = await start();

      expect(ref).toMatchObject({ workspaceId, runId: run.runId, attempt: 1 });
      expect(await rowOf(workspaceId)).toMatchObject({ state: 'active', requestId: run.request.requestId, runId: run.runId });
      expect((await deliveredTo(workspaceId)).map((message) => message.kind)).toEqual(['reset', 'turn']);
      expect((await world.events(run))[0]).toMatchObject({ type: 'run.attempt', data: { attempt: 1, warmForMs: expect.any(Number) } });
      expect(world.provisioner.specs).toHaveLength(made);
      expect(world.provisioner.begun).not.toContain(`${run.runId}-a1`);
    });

    it('reads nothing again of what was said while it was made', async () => {
      const offsets: number[] = [];
      await warmOne((workspace) => {
        obeys(workspace);
        const tail = workspace.tail.bind(workspace);
        workspace.tail = (offset, signal) => (offsets.push(offset), tail(offset, signal));
      });

      await start();

      expect(offsets).toEqual([0, expect.any(Number)]);
      expect(offsets[1]).toBeGreaterThan(0);
    });

    it('goes on in it when its start is tried again', async () => {
      const workspaceId = await warmOne();
      await start();

      const again = await start();

      expect(again.workspaceId).toBe(workspaceId);
      expect((await deliveredTo(workspaceId)).map((message) => message.kind)).toEqual(['reset', 'turn']);
    });

    it('says so when it died and the next try of its start made its own', async () => {
      const workspaceId = await warmOne();
      await start();
      await world.provisioner.destroy(workspaceId);

      await start();

      const events = await world.events(run);
      expect(events.map(({ type }) => type)).toEqual(['run.attempt', 'message.delivered', 'run.attempt']);
      expect(events.at(0)?.data).toHaveProperty('warmForMs');
      expect(events.at(-1)?.data).not.toHaveProperty('warmForMs');
    });

    it('is left for its own when its start is tried again on another host: one attempt has one place', async () => {
      const workspaceId = await warmOne();
      await start();

      await startElsewhere();

      expect(await placesOf(run)).toEqual([{ workspaceId: `${run.runId}-a1`, hostId: 'h2' }]);
      expect(await rowOf(workspaceId)).toMatchObject({ state: 'ended' });
    });

    it('gives one place to two tries of one start at the same time', async () => {
      await warmOne();
      const { prepareRun } = world.git;
      let waiting = 0;
      const both = new Promise<void>((resolve) => {
        world.git.prepareRun = async (input) => {
          if ((waiting += 1) === 2) resolve();
          await both;
          return prepareRun.call(world.git, input);
        };
      });

      await Promise.all([start(), start()]);
      world.git.prepareRun = prepareRun;

      expect(await placesOf(run)).toHaveLength(1);
    });

    it.each<[string, (workspace: FakeWorkspace) => void]>([
      ['dead', (workspace) => setImmediate(() => workspace.end())],
      ['not able to get to its start', (workspace) => obeys(workspace, false)],
      ['not able to say how it is', (workspace) => void (workspace.state = () => Promise.reject(new Error('EMFILE')))],
      ['not able to take anything', (workspace) => void (workspace.deliver = () => Promise.reject(new Error('ENOSPC')))],
    ])('makes its own when that is %s, which is thrown away', async (_, prepare) => {
      const workspaceId = await warmOne(prepare);

      const ref = await start();

      expect(ref.workspaceId).toBe(`${run.runId}-a1`);
      expect((await deliveredTo(ref.workspaceId)).map((message) => message.kind)).toEqual(['turn']);
      expect((await world.events(run))[0]?.data).not.toHaveProperty('warmForMs');
      expect(await rowOf(workspaceId)).toMatchObject({ state: 'ended' });
      expect(await world.provisioner.adopt(workspaceId)).toBeNull();
    });

    it('is waited for while its daemon is away', async () => {
      const workspaceId = await warmOne();
      world.provisioner.away = new DomainError('transient', 'docker-unreachable', 'docker: no answer');

      await expect(start()).rejects.toMatchObject({ code: 'docker-unreachable' });
      world.provisioner.away = null;
      const ref = await start();

      expect(ref.workspaceId).toBe(workspaceId);
    });

    it('leaves it to others when it is made of something else', async () => {
      const workspaceId = await warmOne();
      world.git.projectFileText = 'setup: npm ci\n';

      const ref = await start();

      expect(ref.workspaceId).toBe(`${run.runId}-a1`);
      expect(await rowOf(workspaceId)).toMatchObject({ state: 'warm' });
      expect(world.deps.starts.takeMissed()).toContain(run.request.projectId);
    });

    it('leaves it to others when the run goes on from a checkpoint, or lost its place', async () => {
      const workspaceId = await warmOne();
      const followUp = { ...run, runId: `${run.request.requestId}-2`, ordinal: 2, purpose: 'follow-up' as const, from: checkpoint() };

      const refs = [await start(followUp), await start(run, 2)];

      expect(refs.map((ref) => ref.workspaceId)).toEqual([`${followUp.runId}-a1`, `${run.runId}-a2`]);
      expect(await rowOf(workspaceId)).toMatchObject({ state: 'warm' });
    });

    it('keeps it for follow-ups of its request, and for no other request', async () => {
      const workspaceId = await warmOne();
      await createRelease(world.deps)({ workspace: await start(), mode: 'idle' });
      const followUp = { ...run, runId: `${run.request.requestId}-2`, ordinal: 2, purpose: 'follow-up' as const, from: checkpoint() };

      const stranger = await start(await seedAnother({}));
      const second = await start(followUp);

      expect(stranger.workspaceId).not.toBe(workspaceId);
      expect(second.workspaceId).toBe(workspaceId);
      const attempts = (await world.events(run)).filter((event) => event.type === 'run.attempt');
      expect(attempts.map(({ data }) => 'warmForMs' in data)).toEqual([true, false]);
    });

    it('is not seen by another project', async () => {
      const workspaceId = await warmOne();

      const ref = await start(await seedAnother({}));

      expect(ref.workspaceId).not.toBe(workspaceId);
      expect(await rowOf(workspaceId)).toMatchObject({ state: 'warm' });
    });
  });

  it('names a broken project file and makes nothing', async () => {
    world.git.projectFileText = 'gates: {}';

    await expect(start()).rejects.toMatchObject({ code: 'setup-failed', kind: 'permanent', details: { code: 'project-file-invalid' } });

    expect(await rowOf(`${run.runId}-a1`)).toBeNull();
    expect(world.provisioner.begun).toContain(`${run.runId}-a1`);
    expect(world.provisioner.destroyed).toContain(`${run.runId}-a1`);
  });

  it('gives a failure of the repository its reason', async () => {
    world.git.failNext.prepareRun = new DomainError('transient', 'repository-unreachable', 'fetch: no answer');

    await expect(start()).rejects.toMatchObject({ code: 'repository', kind: 'transient', details: { code: 'repository-unreachable' } });
    expect(world.provisioner.destroyed).toContain(`${run.runId}-a1`);
  });

  it('places nothing once another try goes on', async () => {
    const environment = testEnvironment();
    const prepareRun = world.git.prepareRun.bind(world.git);
    world.git.prepareRun = (input) => {
      environment.cancel('TIMED_OUT');
      return prepareRun(input);
    };

    await expect(start(run, 1, environment)).rejects.toMatchObject({ code: 'host-stopping' });
    world.git.prepareRun = prepareRun;
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(await rowOf(`${run.runId}-a1`)).toBeNull();
    expect(await world.provisioner.adopt(`${run.runId}-a1`)).toBeNull();
  });

  it('leaves no workspace behind when it is cancelled', async () => {
    const environment = testEnvironment();
    const create = world.provisioner.create.bind(world.provisioner);
    world.provisioner.create = async (spec) => {
      environment.cancel('CANCELLED');
      return create(spec);
    };

    await expect(start(run, 1, environment)).rejects.toThrow(CancelledFailure);
    world.provisioner.create = create;
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(await world.provisioner.adopt(`${run.runId}-a1`)).toBeNull();
    expect(await rowOf(`${run.runId}-a1`)).toMatchObject({ state: 'ended' });
  });
});
