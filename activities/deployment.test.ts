import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import winston from 'winston';
import { approveUpdate, statusQuery } from '../workflows/contracts/messages.ts';
import { taskQueues, workflowIds, workflowTypes } from '../workflows/contracts/ids.ts';
import type { RequestStatus } from '../workflows/contracts/request.ts';
import type { TurnOutcome } from '../workflows/contracts/run.ts';
import { DevServer, type RunningWorker, until } from '../workflows/testing/dev-server.ts';
import { requestInput, reviewer } from '../workflows/testing/fixtures.ts';
import { completed } from '../workflows/testing/scene.ts';
import { deploymentName, moveStrandedRuns, promoteBuild } from './deployment.ts';

const logger = winston.createLogger({ silent: true });
const limitMs = 120_000;
const drainedStatus = 2;

let server: DevServer;
beforeAll(async () => {
  // The server looks at what drains every few minutes; a test cannot wait for that.
  server = await DevServer.open({
    'matching.wv.VersionDrainageStatusRefreshInterval': '"1s"',
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '"1s"',
  });
}, limitMs);
afterAll(() => server.close());

const workers: RunningWorker[] = [];
afterEach(async () => {
  for (const running of workers.splice(0)) await running.stop();
});

async function work(buildId: string): Promise<RunningWorker> {
  const running = await server.work({ deploymentName, buildId });
  workers.push(running);
  return running;
}

/** A turn of the agent that works until the test ends it. */
function openTurn() {
  let begun: () => void = () => undefined;
  let finish: () => void = () => undefined;
  const atWork = new Promise<void>((resolve) => (begun = resolve));
  const finished = new Promise<void>((resolve) => (finish = resolve));
  server.script({
    turns: [
      async (): Promise<TurnOutcome> => {
        begun();
        await finished;
        return completed();
      },
    ],
  });
  return { atWork, finish };
}

async function currentBuild(): Promise<string | undefined> {
  const { namespace } = server.client.options;
  const described = await server.client.workflowService.describeWorkerDeployment({ namespace, deploymentName });
  return described.workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? undefined;
}

async function drainage(buildId: string) {
  const { namespace } = server.client.options;
  const deploymentVersion = { deploymentName, buildId };
  const described = await server.client.workflowService.describeWorkerDeploymentVersion({ namespace, deploymentVersion });
  return described.workerDeploymentVersionInfo?.drainageInfo?.status;
}

function start(requestId: string) {
  return server.client.workflow.start(workflowTypes.changeRequest, {
    workflowId: workflowIds.request(requestId),
    taskQueue: taskQueues.control,
    args: [requestInput({ requestId, review: false })],
  });
}

type Handle = Awaited<ReturnType<typeof start>>;

function reach(handle: Handle, reached: (status: RequestStatus) => boolean): Promise<RequestStatus> {
  // Between two builds no worker may be there to answer.
  return until(
    () => handle.query(statusQuery).catch(() => null),
    (status): status is RequestStatus => status !== null && reached(status),
  ) as Promise<RequestStatus>;
}

async function approve(handle: Handle, { gate }: RequestStatus): Promise<void> {
  const vote = { deliveryId: 'approve', by: reviewer, subjectId: gate?.subject.id ?? '', comment: '' };
  await handle.executeUpdate(approveUpdate, { args: [vote] });
}

/** The build that a workflow belongs to, as the server knows it. */
async function buildOf(workflowId: string): Promise<string | undefined> {
  const { raw } = await server.client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}

describe('promoteBuild', () => {
  it(
    'waits for a worker of its build and makes it the current version',
    async () => {
      const promoted = promoteBuild(server.client, 'late', logger);
      await work('late');

      expect(await promoted).toBe(true);
      expect(await currentBuild()).toBe('late');
    },
    limitMs,
  );

  it(
    'gives up when no worker of its build comes, and leaves the current version as it was',
    async () => {
      await work('here');
      await promoteBuild(server.client, 'here', logger);

      expect(await promoteBuild(server.client, 'nobody', logger, 1)).toBe(false);
      expect(await currentBuild()).toBe('here');
    },
    limitMs,
  );
});

describe('a new build', () => {
  it(
    'takes over a parked request, and the old version retires although the request is still open',
    async () => {
      server.script({});
      const old = await work('a1');
      await promoteBuild(server.client, 'a1', logger);
      const handle = await start('parked');
      const ready = await reach(handle, ({ stage }) => stage === 'PATCH_READY');
      const before = await buildOf(handle.workflowId);
      await work('a2');
      await promoteBuild(server.client, 'a2', logger);

      await until(
        () => drainage('a1'),
        (status) => status === drainedStatus,
      );
      await old.stop();
      await approve(handle, ready);
      const published = await reach(handle, ({ mergeRequest }) => mergeRequest !== null);

      expect(before).toBe('a1');
      expect(await buildOf(handle.workflowId)).toBe('a2');
      expect(published.mergeRequest?.commit).toBe(ready.gate?.subject.id);
      await handle.terminate();
    },
    limitMs,
  );

  it(
    'leaves a run to the build that began it',
    async () => {
      const { atWork, finish } = openTurn();
      await work('b1');
      await promoteBuild(server.client, 'b1', logger);
      const handle = await start('running');
      const runId = workflowIds.run('running-1');
      await atWork;
      await work('b2');
      await promoteBuild(server.client, 'b2', logger);

      finish();
      const ready = await reach(handle, ({ stage }) => stage === 'PATCH_READY');
      await approve(handle, ready);
      await reach(handle, ({ mergeRequest }) => mergeRequest !== null);

      await until(
        // The server hears of the promotion later than we: any task of the request after that is of the new build.
        () => handle.signal('nudge').then(() => buildOf(handle.workflowId)),
        (build) => build === 'b2',
      );
      expect(await buildOf(runId)).toBe('b1');
      await handle.terminate();
    },
    limitMs,
  );
});

describe('moveStrandedRuns', () => {
  it(
    'lets a run go on whose build has no worker any more, and touches no other',
    async () => {
      const { atWork, finish } = openTurn();
      const old = await work('c1');
      await promoteBuild(server.client, 'c1', logger);
      const handle = await start('stranded');
      await atWork;
      const runId = workflowIds.run('stranded-1');
      await old.stop();
      finish();
      await work('c2');
      await promoteBuild(server.client, 'c2', logger);
      // The list of workflows follows what happens after a moment.
      const moved = await until(
        () => moveStrandedRuns(server.client, 'c2', logger),
        (count) => count > 0,
      );

      await reach(handle, ({ stage }) => stage === 'PATCH_READY');

      expect(moved).toBe(1);
      expect(await buildOf(runId)).toBe('c2');
      expect(await moveStrandedRuns(server.client, 'c2', logger)).toBe(0);
      await handle.terminate();
    },
    limitMs,
  );
});
