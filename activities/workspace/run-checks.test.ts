import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { getReview } from '../../db/reviews.ts';
import { getWorkspace } from '../../db/workspaces.ts';
import type { CheckResult } from '../../workflows/contracts/request.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import { createReviewActivities } from '../review/review.ts';
import type { FakeWorkspace } from '../testing/fake-provisioner.ts';
import { checkpoint, requestInput, runInput } from '../testing/samples.ts';
import { openWorld, testEnvironment, type World } from '../testing/world.ts';
import { createProjectPlans } from './project-plans.ts';
import { createRunChecks } from './run-checks.ts';

let world: World;
let run: RunInput;
let count = 0;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  const requestId = `01890000-0000-7000-8003-${String(count).padStart(12, '0')}`;
  run = runInput({ request: requestInput({ requestId, projectId: `c${count}` }), messages: [] });
  world.provisioner.onCreate = () => undefined;
  world.provisioner.stuck = null;
  world.provisioner.away = null;
  world.git.projectFileText = null;
});

/** Answers the commands of a workspace as a supervisor would. */
function script(answer: (workspace: FakeWorkspace, messageId: string) => void): void {
  world.provisioner.onCreate = (workspace) => {
    workspace.onDeliver = (message) => answer(workspace, message.messageId);
  };
}

const stuck = new DomainError('transient', 'folder-stuck', 'destroy: it cannot be removed');

const rowOf = (workspaceId: string) => world.database.withTenant('default', (tx) => getWorkspace(tx, workspaceId));

describe('runChecks', () => {
  const checks = [
    { name: 'test', command: 'npm test' },
    { name: 'lint', command: 'npm run lint' },
  ];
  const runChecks = (environment = testEnvironment()): Promise<{ checks: CheckResult[] }> =>
    environment.run(createRunChecks(world.deps, createProjectPlans(world.git)), { run, checkpoint: checkpoint() });

  it('makes no workspace for a project without checks', async () => {
    await world.seed(run);

    expect(await runChecks()).toEqual({ checks: [] });
    expect(await rowOf(`${run.runId}-c1`)).toBeNull();
  });

  it('runs them on the checkpoint in a place without a model, logs their output and ends the place', async () => {
    await world.seed(run, { settings: { checks } });
    script((workspace, messageId) => {
      const at = { emittedAtMs: Date.now() };
      const ended = { messageId, exitCode: 0, durationMs: 5 };
      workspace.emit(
        { ...at, type: 'exec.output', data: { name: 'test', text: 'ok' } },
        { ...at, type: 'exec.completed', data: { ...ended, name: 'test', command: 'npm test', status: 'passed' } },
        { ...at, type: 'exec.completed', data: { ...ended, name: 'lint', command: 'npm run lint', status: 'failed', exitCode: 2 } },
        { ...at, type: 'command.done', data: { messageId, ok: true, error: null } },
      );
    });

    const result = await runChecks();

    expect(result.checks.map(({ name, status }) => [name, status])).toEqual([
      ['test', 'passed'],
      ['lint', 'failed'],
    ]);
    const spec = world.provisioner.specs.at(-1);
    expect(spec?.job).toMatchObject({ executor: { name: 'none' }, checkout: { commit: checkpoint().commit } });
    expect(await rowOf(`${run.runId}-c1`)).toMatchObject({ state: 'ended', purpose: 'checks', modelAllowed: false });
    expect(world.provisioner.destroyed).toContain(`${run.runId}-c1`);
    const types = (await world.events(run)).map((event) => event.type);
    expect(types).toEqual(['check.started', 'check.started', 'exec.output', 'exec.completed', 'exec.completed', 'command.done']);
  });

  it('believes no success that a workspace only claims, and counts a check without a word as not run', async () => {
    await world.seed(run, { settings: { checks } });
    script((workspace, messageId) => {
      const claimed = { messageId, name: 'test', command: 'true', status: 'passed' as const, exitCode: 1, durationMs: 1 };
      workspace.emit({ type: 'exec.completed', emittedAtMs: 1, data: claimed });
      workspace.end();
    });

    const { checks: results } = await runChecks();

    expect(results.map(({ name, command, status }) => [name, command, status])).toEqual([
      ['test', 'npm test', 'error'],
      ['lint', 'npm run lint', 'error'],
    ]);
  });

  describe('in a place that cannot be ended', () => {
    const one = [{ name: 'test', command: 'npm test' }];

    beforeEach(async () => {
      await world.seed(run, { settings: { checks: one } });
      script((workspace, messageId) => {
        const passed = { messageId, name: 'test', command: 'npm test', status: 'passed' as const, exitCode: 0, durationMs: 5 };
        workspace.emit(
          { type: 'exec.completed', emittedAtMs: 1, data: passed },
          { type: 'command.done', emittedAtMs: 1, data: { messageId, ok: true, error: null } },
        );
      });
    });

    it('count all the same; the place is left to the host without a row that lives and without a repository', async () => {
      world.provisioner.stuck = stuck;

      const { checks: results } = await runChecks();

      expect(results.map(({ status }) => status)).toEqual(['passed']);
      expect(await rowOf(`${run.runId}-c1`)).toMatchObject({ state: 'ended' });
      expect(world.git.inputs('dropRun')).toContain(`${run.runId}-c1`);
    });

    it('are made in another one by the next try', async () => {
      world.provisioner.stuck = stuck;
      await runChecks();

      const { checks: results } = await runChecks();

      expect(results.map(({ status }) => status)).toEqual(['passed']);
      expect(await rowOf(`${run.runId}-c2`)).toMatchObject({ state: 'ended' });
    });

    it('wait for a daemon that is away: each try of an outage would leave a row', async () => {
      await runChecks();
      world.provisioner.away = new DomainError('transient', 'docker-unreachable', 'destroy: the daemon does not answer; start it');

      await expect(runChecks()).rejects.toMatchObject({ code: 'docker-unreachable' });

      expect(await rowOf(`${run.runId}-c2`)).toBeNull();
    });

    it('fail by what made them fail', async () => {
      world.provisioner.stuck = stuck;
      script((workspace) => workspace.end({ status: 'gone' }));

      await expect(runChecks()).rejects.toMatchObject({ code: 'place-lost' });
    });
  });

  it.each([
    { code: 'project-secrets-unreachable', kind: 'transient' },
    { code: 'project-secrets-refused', kind: 'permanent' },
  ] as const)('fails, $kind, where the secrets of the project cannot be had: no repair would help ($code)', async ({ code, kind }) => {
    await world.seed(run, { settings: { checks } });
    const error = 'checks: reading the project’s secrets: the key is not there';
    script((workspace, messageId) => workspace.emit({ type: 'command.done', emittedAtMs: 1, data: { messageId, ok: false, error, code } }));

    await expect(runChecks()).rejects.toMatchObject({ kind, code, message: error });

    expect(world.provisioner.destroyed).toContain(`${run.runId}-c1`);
  });

  it.each([
    ['its machine is lost', { lost: 'the node n1 was lost' }],
    ['nothing is left of it', { status: 'gone' as const }],
  ])('are no word about the change when their place was taken away: %s', async (_, loss) => {
    await world.seed(run, { settings: { checks } });
    script((workspace) => workspace.end(loss));

    await expect(runChecks()).rejects.toMatchObject({ kind: 'transient', code: 'place-lost' });

    expect(world.provisioner.destroyed).toContain(`${run.runId}-c1`);
  });

  it('leaves a setup that the change broke to the agent', async () => {
    await world.seed(run, { settings: { checks } });
    script((workspace, messageId) =>
      workspace.emit({
        type: 'command.done',
        emittedAtMs: 1,
        data: { messageId, ok: false, error: 'setup: the command ended with exit code 1', code: 'setup-failed' },
      }),
    );

    const { checks: results } = await runChecks();

    expect(results.map(({ status }) => status)).toEqual(['error', 'error']);
  });

  it('ends the place when the run is cancelled', async () => {
    await world.seed(run, { settings: { checks } });
    const environment = testEnvironment();
    script(() => setTimeout(() => environment.cancel('CANCELLED'), 20));

    await expect(runChecks(environment)).rejects.toThrow(CancelledFailure);

    expect(world.provisioner.destroyed).toContain(`${run.runId}-c1`);
  });
});

describe('reviewCheckpoint', () => {
  const review = (reviewId: string) =>
    testEnvironment().run(createReviewActivities(world.deps, createProjectPlans(world.git)).reviewCheckpoint, {
      reviewId,
      request: run.request,
      checkpoint: checkpoint(),
    });

  function answerWith(lastMessage: string, status: 'completed' | 'failed' = 'completed'): void {
    script((workspace) => {
      const end = { status, threadId: null, tipCommit: null, sessionArtifactId: null, warnings: [], lastMessage, reason: null };
      workspace.emit({ type: 'turn.completed', emittedAtMs: Date.now(), data: { ...end, error: status === 'failed' ? 'no model' : null } });
    });
  }

  it('stores findings with lasting fingerprints and ends the place', async () => {
    await world.seed(run);
    world.git.files['a.js'] = 'one\ntwo\n';
    answerWith('Fine.\n\nReview comment:\n\n- [P2] Name it — /workspace/a.js:2-2\n  It is called two.');
    const reviewId = `${run.request.requestId}-review-1`;

    const result = await review(reviewId);

    expect(result).toMatchObject({
      status: 'completed',
      verdict: 'comment',
      findings: [{ path: 'a.js', startLine: 2, severity: 'medium' }],
    });
    expect(await world.database.withTenant('default', (tx) => getReview(tx, reviewId))).toMatchObject({
      status: 'completed',
      verdict: 'comment',
    });
    expect(await rowOf(`${reviewId}-r1`)).toMatchObject({ state: 'ended', purpose: 'review' });
    expect((await world.events(run)).map((event) => event.type)).toEqual([
      'review.started',
      'message.delivered',
      'turn.completed',
      'review.completed',
    ]);
  });

  it('keeps a review whose place cannot be ended', async () => {
    await world.seed(run);
    world.provisioner.stuck = stuck;
    answerWith('Fine.');
    const reviewId = `${run.request.requestId}-review-1`;

    expect(await review(reviewId)).toMatchObject({ status: 'completed' });

    expect(await rowOf(`${reviewId}-r1`)).toMatchObject({ state: 'ended' });
    expect(world.git.inputs('dropRun')).toContain(reviewId);
  });

  it('answers a review that the agent could not make as failed', async () => {
    await world.seed(run);
    answerWith('', 'failed');

    expect(await review(`${run.request.requestId}-review-1`)).toMatchObject({
      status: 'failed',
      verdict: 'comment',
      summary: 'no model',
      findings: [],
    });
  });
});
