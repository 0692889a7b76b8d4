import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deploymentName, promoteBuild } from '../activities/deployment.ts';
import { createLogger } from '../config/logger.ts';
import { workflowIds, workflowTypes, taskQueues } from './contracts/ids.ts';
import { approveUpdate, chatSignal, chatUpdate, reprojectSignal, rejectUpdate, statusQuery } from './contracts/messages.ts';
import type { RequestSnapshot, RequestStatus } from './contracts/request.ts';
import type { RunInput } from './contracts/run.ts';
import { DevServer, type RunningWorker, until } from './testing/dev-server.ts';
import { requester, requestInput, reviewer as by } from './testing/fixtures.ts';
import { resetBeforeUpdates } from './testing/reset.ts';
import { completed } from './testing/scene.ts';

const limitMs = 120_000;
const version = { deploymentName, buildId: 'recovery' };

let server: DevServer;
let worker: RunningWorker;
beforeAll(async () => {
  server = await DevServer.open();
  server.script({});
  worker = await server.work(version);
  await promoteBuild(server.client, version.buildId, createLogger('test', { silent: true }));
}, limitMs);
afterAll(() => server.close());

function start(requestId: string, snapshot?: RequestSnapshot) {
  const input = snapshot?.input ?? requestInput({ requestId, review: false });
  return server.client.workflow.start(workflowTypes.changeRequest, {
    workflowId: workflowIds.request(requestId),
    taskQueue: taskQueues.control,
    args: snapshot ? [input, snapshot, 'rehydrated'] : [input],
  });
}

type Handle = Awaited<ReturnType<typeof start>>;

function reach(handle: Pick<Handle, 'query'>, reached: (status: RequestStatus) => boolean): Promise<RequestStatus> {
  // A query may come while no worker is there to answer it.
  return until(
    () => handle.query(statusQuery).catch(() => null),
    (status): status is RequestStatus => status !== null && reached(status),
  ) as Promise<RequestStatus>;
}

const isReady = ({ stage }: RequestStatus) => stage === 'PATCH_READY';
const vote = (deliveryId: string, { gate }: RequestStatus) => ({ deliveryId, by, subjectId: gate?.subject.id ?? '', comment: '' });

/** The snapshots that the projection was given for a request. */
function snapshotsOf(requestId: string): RequestSnapshot[] {
  return server.seen.snapshots.filter(({ input }) => input.requestId === requestId);
}

describe('a request that an operator reset', () => {
  it(
    'projects again when it is told, under the epoch that it is answered, and goes on from there',
    async () => {
      let epoch = 0;
      const snapshots: RequestSnapshot[] = [];
      server.script({
        activities: {
          project: ({ snapshot }: { snapshot: RequestSnapshot }) => {
            snapshots.push(snapshot);
            return { epoch: Math.max(epoch, snapshot.epoch) };
          },
        },
      });
      const handle = await start('reset');
      const ready = await reach(handle, isReady);
      await handle.executeUpdate(rejectUpdate, { args: [vote('no', ready)] });
      await reach(handle, ({ stage }) => stage === 'BLOCKED');
      const runId = await resetBeforeUpdates(server.client, handle.workflowId);
      const current = server.client.workflow.getHandle(handle.workflowId, runId);
      const back = await reach(current, isReady);
      epoch = 1;
      const known = snapshots.length;

      await current.signal(reprojectSignal);
      await until(
        () => Promise.resolve(snapshots.length),
        (count) => count > known,
      );
      await current.executeUpdate(approveUpdate, { args: [vote('yes', back)] });
      await reach(current, ({ mergeRequest }) => mergeRequest !== null);
      await until(
        () => Promise.resolve(snapshots.at(-1)),
        (last) => last?.status.mergeRequest !== null,
      );

      expect(snapshots[known]).toMatchObject({ epoch: 0, status: { stage: 'PATCH_READY' } });
      expect(snapshots.at(-1)).toMatchObject({ epoch: 1, status: { stage: 'MR_OPENED' } });
      await current.terminate();
    },
    limitMs,
  );
});

describe('a request that was reset to before a run', () => {
  it(
    'takes the next number that no run had, and what came from the run of before is not taken for its own',
    async () => {
      const ended = new Set<string>();
      server.script({
        activities: {
          beginRun: ({ run }: { run: RunInput }) => ({ slot: ended.has(run.runId) ? 'used' : 'granted' }),
          endRun: ({ run }: { run: RunInput }) => void ended.add(run.runId),
        },
      });
      const say = (messageId: string) => ({
        deliveryId: messageId,
        by,
        message: { messageId, kind: 'chat' as const, author: by },
      });
      const handle = await start('again');
      await reach(handle, isReady);
      await handle.executeUpdate(chatUpdate, { args: [say('m2')] });
      await reach(handle, ({ stage, lastRunId }) => stage === 'PATCH_READY' && lastRunId === 'again-2');
      const current = server.client.workflow.getHandle(handle.workflowId, await resetBeforeUpdates(server.client, handle.workflowId));
      await reach(current, ({ stage, lastRunId }) => stage === 'PATCH_READY' && lastRunId === 'again-1');

      await current.executeUpdate(chatUpdate, { args: [say('m3')] });
      const ready = await reach(current, ({ stage, lastRunId }) => stage === 'PATCH_READY' && lastRunId !== 'again-1');

      expect(ready).toMatchObject({ lastRunId: 'again-3', runCount: 3, gate: { gateId: 'again-g3' }, pendingMessageIds: [] });
      expect(server.seen.calls.filter((call) => call.startsWith('startTurn'))).toEqual([
        'startTurn implement 1 [m1]',
        'startTurn follow-up 1 [m2]',
        'startTurn follow-up 1 [m3]',
      ]);
      await current.terminate();
    },
    limitMs,
  );
});

describe('a request whose workflow is lost', () => {
  it(
    'begins again from its snapshot: what its run carried is carried by the next one, up to the gate',
    async () => {
      let finish: () => void = () => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      let turns = 0;
      server.script({
        turns: [
          async () => {
            turns += 1;
            if (turns === 1) await finished;
            return completed();
          },
        ],
      });
      const lost = await start('lost');
      await until(
        () => Promise.resolve(turns),
        (count) => count === 1,
      );
      await until(
        () => Promise.resolve(snapshotsOf('lost').at(-1)),
        (last) => last?.status.activeRunId === 'lost-1',
      );
      const snapshot = snapshotsOf('lost').at(-1);
      await lost.terminate();
      await server.client.workflow.getHandle(workflowIds.run('lost-1')).terminate();

      const handle = await start('lost', snapshot);
      const ready = await reach(handle, isReady);
      finish();

      expect(ready).toMatchObject({ runCount: 2, lastRunId: 'lost-2', activeRunId: null });
      expect(server.seen.calls).toContain('startTurn implement 1 [m1]');
      expect(server.seen.calls.filter((call) => call.startsWith('startTurn'))).toHaveLength(2);
      const epochs = snapshotsOf('lost').map(({ epoch }) => epoch);
      expect([Math.min(...epochs), Math.max(...epochs)]).toEqual([0, 1]);
      await handle.terminate();
    },
    limitMs,
  );
});

describe('a message to a run that has just ended', () => {
  it(
    'waits for the next run',
    async () => {
      let turns = 0;
      server.script({ turns: [() => (++turns === 1 ? new Promise(() => undefined) : completed())] });
      const handle = await start('ended');
      await until(
        () => Promise.resolve(turns),
        (count) => count === 1,
      );
      // Nobody is there when the run ends and the message comes: both are news of one and the same task.
      await worker.stop();
      await server.client.workflow.getHandle(workflowIds.run('ended-1')).terminate();
      await handle.signal(chatSignal, { deliveryId: 'd1', by: requester, message: { messageId: 'm2', kind: 'chat', author: requester } });

      worker = await server.work(version);
      const blocked = await reach(handle, ({ stage }) => stage === 'BLOCKED');

      expect(blocked.pendingMessageIds).toEqual(['m1', 'm2']);
      await handle.terminate();
    },
    limitMs,
  );
});
