import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deploymentName, promoteBuild } from '../activities/deployment.ts';
import { createLogger } from '../config/logger.ts';
import { taskQueues, workflowIds, workflowTypes } from './contracts/ids.ts';
import { chatUpdate, statusQuery, withdrawUpdate } from './contracts/messages.ts';
import type { RequestSnapshot, RequestStatus } from './contracts/request.ts';
import { DevServer, until } from './testing/dev-server.ts';
import { requestInput, reviewer as by } from './testing/fixtures.ts';
import { completed } from './testing/scene.ts';

const limitMs = 120_000;
let server: DevServer;
beforeAll(async () => {
  // A history of a few steps should be renewed already.
  server = await DevServer.open({ 'limit.historyCount.suggestContinueAsNew': '12' });
  server.script({});
  await server.work({ deploymentName, buildId: 'renewal' });
  await promoteBuild(server.client, 'renewal', createLogger('test', { silent: true }));
}, limitMs);
afterAll(() => server.close());

async function start(requestId: string, review: boolean) {
  const { workflowId, firstExecutionRunId } = await server.client.workflow.start(workflowTypes.changeRequest, {
    workflowId: workflowIds.request(requestId),
    taskQueue: taskQueues.control,
    args: [requestInput({ requestId, review })],
  });
  // Whichever run of it is the current one.
  return { handle: server.client.workflow.getHandle(workflowId), first: firstExecutionRunId };
}

const chat = { deliveryId: 'chat', by, message: { messageId: 'm2', kind: 'chat' as const, author: by } };

type Current = Awaited<ReturnType<typeof start>>['handle'];

function reach(handle: Current, reached: (status: RequestStatus) => boolean): Promise<RequestStatus> {
  return until(
    () => handle.query(statusQuery).catch(() => null),
    (status): status is RequestStatus => status !== null && reached(status),
  ) as Promise<RequestStatus>;
}

/** Asks until it holds. */
function holds(condition: () => boolean): Promise<boolean> {
  return until(() => Promise.resolve(condition()), Boolean);
}

/** Opens once; what waits for it in an activity beats meanwhile. */
function latch() {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function wait(): Promise<void> {
    const beat = setInterval(() => Context.current().heartbeat(), 100);
    return promise.finally(() => clearInterval(beat));
  }
  return { wait, open: () => resolve() };
}

describe('a request that renews its history', () => {
  it(
    'answers a withdrawal that came while it wrote its last state, and carries what became of it',
    async () => {
      const [turn, written, withdrawn] = [latch(), latch(), latch()];
      const waiting: string[][] = [];
      let asked = 0;
      server.script({
        turns: [
          async () => {
            await turn.wait();
            return { kind: 'failed', reason: 'agent-exit', message: 'the agent exited with 3', steeredMessageIds: [] };
          },
        ],
        activities: {
          async project({ snapshot }: { snapshot: RequestSnapshot }) {
            if (snapshot.status.stage !== 'BLOCKED') return;
            waiting.push(snapshot.status.pendingMessageIds);
            await written.wait();
          },
          async withdrawMessage() {
            asked += 1;
            await withdrawn.wait();
            return { disposition: 'withdrawn' };
          },
        },
      });
      const { handle, first } = await start('withdrawing', false);
      await reach(handle, ({ activeRunId }) => activeRunId !== null);
      await handle.executeUpdate(chatUpdate, { args: [chat] });
      turn.open();
      await holds(() => waiting.length > 0);

      const withdrawing = handle.executeUpdate(withdrawUpdate, { args: [{ deliveryId: 'withdraw', by, messageId: 'm2' }] });
      await holds(() => asked > 0);
      written.open();
      await holds(() => waiting.some((ids) => !ids.includes('m2')));
      withdrawn.open();

      expect(await withdrawing).toMatchObject({ stage: 'BLOCKED', duplicate: false });
      await until(
        () => handle.describe(),
        ({ runId }) => runId !== first,
      );
      expect((await reach(handle, () => true)).pendingMessageIds).toEqual(['m1']);
      await handle.terminate();
    },
    limitMs,
  );

  it(
    'is cancelled by an operator also while it wrote its last state',
    async () => {
      const written = latch();
      let writing = false;
      const stages: string[] = [];
      server.script({
        activities: {
          async project({ snapshot }: { snapshot: RequestSnapshot }) {
            const { stage } = snapshot.status;
            stages.push(stage);
            if (stage !== 'PATCH_READY') return;
            writing = true;
            await written.wait();
          },
        },
      });
      const { handle } = await start('cancelling', false);
      await holds(() => writing);
      await handle.cancel();
      written.open();

      await handle.result();

      expect(stages.at(-1)).toBe('CANCELLED');
    },
    limitMs,
  );

  it(
    'waits for the review of its last checkpoint, however an earlier one ends meanwhile',
    async () => {
      const reviews = { 'reviewed-review-1': latch(), 'reviewed-review-2': latch() };
      const under: string[] = [];
      server.script({
        turns: [() => completed()],
        activities: {
          async reviewCheckpoint({ reviewId }: { reviewId: keyof typeof reviews }) {
            under.push(reviewId);
            await reviews[reviewId].wait();
            return { reviewId, status: 'completed', verdict: 'approve', summary: '', findings: [] };
          },
        },
      });
      const { handle } = await start('reviewed', true);
      await holds(() => under.length === 1);
      await handle.executeUpdate(chatUpdate, { args: [chat] });
      await holds(() => under.length === 2);
      const { runId } = await handle.describe();

      reviews['reviewed-review-1'].open();
      const early = server.client.workflow.getHandle(workflowIds.review('reviewed-review-1'));
      await early.result();
      reviews['reviewed-review-2'].open();
      await until(
        () => Promise.resolve(server.seen.snapshots.at(-1)?.review),
        (review) => review?.reviewId === 'reviewed-review-2' && review.status === 'completed',
      );

      // Renewed once nothing is under way any more, not before.
      await until(
        () => handle.describe(),
        (current) => current.runId !== runId,
      );
      await handle.terminate();
    },
    limitMs,
  );
});
