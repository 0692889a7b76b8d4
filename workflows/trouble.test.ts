import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { workflowIds, workflowTypes } from './contracts/ids.ts';
import { approveUpdate, chatUpdate, retryUpdate } from './contracts/messages.ts';
import type { RequestStatus } from './contracts/request.ts';
import type { TurnOutcome } from './contracts/run.ts';
import { checkpoint, reviewer as by } from './testing/fixtures.ts';
import { completed, Stage, type Scene, type Script, type Turn } from './testing/scene.ts';

const limitMs = 120_000;
let theatre: Stage;

beforeAll(async () => {
  theatre = await Stage.open();
}, limitMs);

afterAll(async () => {
  await theatre?.close();
});

/** Without a review: nothing is under way beside what a scene is about. */
const scene = ({ input, ...script }: Script, act: (scene: Scene) => Promise<void>) =>
  theatre.play({ ...script, input: { review: false, ...input } }, act);
const stage = (name: string) => (status: RequestStatus) => status.stage === name;
const startsOf = (calls: string[]) => calls.filter((call) => call.startsWith('startTurn'));
const approval = { deliveryId: 'approve', by, subjectId: 'c1', comment: '' };
const retry = { deliveryId: 'retry', by, comment: '' };

/** An activity that fails so often before it answers. */
function failing<T>(times: number, answer: T): () => T {
  let tries = 0;
  return () => {
    tries += 1;
    if (tries > times) return answer;
    throw new Error('The database does not answer');
  };
}

/** As the activity fails that would store the work. */
const refusedForSecret = () =>
  ApplicationFailure.create({
    message: 'it holds DB_KEY (a.txt)',
    type: 'checkpoint-failed',
    nonRetryable: true,
    details: [{ names: ['DB_KEY'], code: 'secret-in-change' }],
  });

/** Works until it is cancelled. */
async function untilCancelled(): Promise<TurnOutcome> {
  const beat = setInterval(() => Context.current().heartbeat(), 100);
  try {
    await Context.current().cancelled;
    return completed();
  } finally {
    clearInterval(beat);
  }
}

describe('a quorum that cannot be confirmed', () => {
  it(
    'is asked for until it is: no vote is lost while the database is away',
    async () => {
      await scene({ activities: { confirmQuorum: failing(6, { holds: true }) } }, async ({ handle, until }) => {
        await until(stage('PATCH_READY'));
        await handle.executeUpdate(approveUpdate, { args: [approval] });

        expect((await until(stage('MR_OPENED'))).mergeRequest?.commit).toBe('c1');
      });
    },
    limitMs,
  );

  it(
    'for good asks a person, with the vote kept for a retry',
    async () => {
      let tries = 0;
      const confirmQuorum = () => {
        if (tries++ === 0) throw ApplicationFailure.nonRetryable('the role is missing', 'database-role');
        return { holds: true };
      };
      await scene({ activities: { confirmQuorum } }, async ({ handle, until }) => {
        await until(stage('PATCH_READY'));
        await handle.executeUpdate(approveUpdate, { args: [approval] });
        const blocked = await until(stage('BLOCKED'));
        await handle.executeUpdate(retryUpdate, { args: [retry] });
        await until(stage('MR_OPENED'));

        expect(blocked.awaiting).toMatchObject({ kind: 'retry', reason: 'database-role', message: 'the role is missing' });
      });
    },
    limitMs,
  );
});

describe('a run that cannot be started', () => {
  it(
    'because one of its number is at work still takes the next number',
    async () => {
      const requestId = 'taken';
      const { workflow } = theatre.environment.client;
      const other = await workflow.start(workflowTypes.housekeeping, {
        workflowId: workflowIds.run(`${requestId}-1`),
        taskQueue: 'nobody-polls',
      });
      try {
        await scene({ input: { requestId } }, async ({ until, calls }) => {
          const ready = await until(stage('PATCH_READY'));

          expect(ready).toMatchObject({ lastRunId: 'taken-2', runCount: 2, pendingMessageIds: [] });
          expect(startsOf(calls)).toEqual(['startTurn implement 1 [m1]']);
        });
      } finally {
        await other.terminate();
      }
    },
    limitMs,
  );
});

describe('words that were steered', () => {
  it(
    'into a place that was lost are carried by the next run',
    async () => {
      const { promise, resolve } = Promise.withResolvers<TurnOutcome>();
      const first: Turn = async () => {
        const beat = setInterval(() => Context.current().heartbeat(), 100);
        return promise.finally(() => clearInterval(beat));
      };
      await scene({ turns: [first, () => completed()] }, async ({ handle, until, calls }) => {
        await until((status) => status.activeRunId !== null);
        const chat = { deliveryId: 'chat', by, message: { messageId: 'm2', kind: 'chat' as const, author: by } };
        await handle.executeUpdate(chatUpdate, { args: [chat] });
        resolve({ kind: 'failed', reason: 'place-lost', message: 'gone', steeredMessageIds: ['m2'] });
        const ready = await until(stage('PATCH_READY'));

        expect(ready.pendingMessageIds).toEqual([]);
        expect(startsOf(calls)).toEqual(['startTurn implement 1 [m1]', 'startTurn implement 2 [m1]', 'startTurn follow-up 1 [m2]']);
      });
    },
    limitMs,
  );
});

describe('a request that an operator cancels', () => {
  it(
    'at a gate is projected as cancelled',
    async () => {
      await scene({}, async ({ handle, until, snapshots }) => {
        await until(stage('PATCH_READY'));
        await handle.cancel();
        await handle.result();

        expect(snapshots.at(-1)?.status).toMatchObject({ stage: 'CANCELLED', reason: 'cancelled by an operator' });
      });
    },
    limitMs,
  );

  it(
    'while a run works ends that run and is projected as cancelled',
    async () => {
      let turns = 0;
      const watchTurn = () => {
        turns += 1;
        return untilCancelled();
      };
      await scene({ activities: { watchTurn } }, async ({ handle, until, calls, snapshots }) => {
        await until(() => turns === 1);
        await handle.cancel();
        await handle.result();

        expect(snapshots.at(-1)?.status).toMatchObject({ stage: 'CANCELLED', activeRunId: null, reason: 'cancelled by an operator' });
        expect(snapshots.map(({ status }) => status.stage)).not.toContain('BLOCKED');
        expect(calls).toEqual(expect.arrayContaining(['release destroy', 'endRun']));
      });
    },
    limitMs,
  );
});

describe('work that was stored', () => {
  it(
    'outlasts checks that cannot be started for a while',
    async () => {
      await scene({ activities: { runChecks: failing(5, { checks: [] }) } }, async ({ until, calls }) => {
        const ready = await until(stage('PATCH_READY'));

        expect(ready.checkpoint?.commit).toBe('c1');
        expect(startsOf(calls)).toHaveLength(1);
      });
    },
    limitMs,
  );

  it.each([
    { code: 'setup-failed', message: 'the setup failed' },
    { code: 'place-lost', message: 'the workspace of the checks is gone' },
  ])(
    'stays when its checks fail to run for good: a retry goes on from it ($code)',
    async ({ code, message }) => {
      let tries = 0;
      const runChecks = () => {
        if (tries++ === 0) throw ApplicationFailure.nonRetryable(message, code);
        return { checks: [] };
      };
      await scene({ activities: { runChecks } }, async ({ handle, until, calls }) => {
        const blocked = await until(stage('BLOCKED'));
        await handle.executeUpdate(retryUpdate, { args: [retry] });
        await until(stage('PATCH_READY'));

        expect(blocked).toMatchObject({ checkpoint: { commit: 'c1' }, awaiting: { reason: code, message } });
        expect(startsOf(calls)).toEqual(['startTurn implement 1 [m1]', 'startTurn follow-up 1 [m1]']);
      });
    },
    limitMs,
  );

  it(
    'goes to the gate with its failing checks when the turn that should mend them fails',
    async () => {
      const failed = { name: 'test', command: 'npm test', status: 'failed' as const, exitCode: 1, durationMs: 1 };
      const broke: Turn = () => ({ kind: 'failed', reason: 'agent-exit', message: 'the agent exited with 3', steeredMessageIds: [] });
      const activities = { runChecks: () => ({ checks: [failed] }) };
      await scene({ turns: [() => completed(), broke], activities }, async ({ until, calls }) => {
        const ready = await until(stage('PATCH_READY'));

        expect(ready).toMatchObject({ checkpoint: { commit: 'c1' }, gate: { subject: { id: 'c1' }, checks: [failed] } });
        expect(calls).toEqual(expect.arrayContaining(['continueTurn', 'release destroy', 'endRun']));
        expect(startsOf(calls)).toHaveLength(1);
      });
    },
    limitMs,
  );

  it(
    'gives work that is refused for a secret back to the agent in its place, and stores what comes of it',
    async () => {
      let tries = 0;
      const finaliseCheckpoint = () => {
        if (tries++ === 0) throw refusedForSecret();
        return { checkpoint: checkpoint('c1'), unchanged: false };
      };
      const refusals: unknown[] = [];
      const continueTurn = (input: { refusal: string; turnMessageId: string }) => void refusals.push([input.turnMessageId, input.refusal]);
      const turns = [() => completed({ finalised: undefined })];
      await scene({ turns, activities: { finaliseCheckpoint, continueTurn } }, async ({ input, until, calls }) => {
        const ready = await until(stage('PATCH_READY'));

        expect(ready).toMatchObject({ checkpoint: { commit: 'c1' }, gate: { subject: { id: 'c1' } } });
        expect(refusals).toEqual([[`${input.requestId}-1-a1-t1-r1`, 'it holds DB_KEY (a.txt)']]);
        expect(startsOf(calls)).toHaveLength(1);
      });
    },
    limitMs,
  );

  it.each<[string, Turn, number]>([
    ['does not take it out', () => completed({ finalised: undefined }), 2],
    ['fails when it should take it out', () => ({ kind: 'failed', reason: 'agent-exit', message: 'exit 2', steeredMessageIds: [] }), 1],
  ])(
    'ends with the names of secret and place when the agent %s',
    async (_, next, asked) => {
      const finaliseCheckpoint = () => {
        throw refusedForSecret();
      };
      const turns = [() => completed({ finalised: undefined }), next];
      await scene({ turns, activities: { finaliseCheckpoint } }, async ({ until, calls }) => {
        const blocked = await until(stage('BLOCKED'));

        expect(blocked.awaiting).toMatchObject({ reason: 'checkpoint-failed', message: 'it holds DB_KEY (a.txt)' });
        expect(calls.filter((call) => call === 'continueTurn')).toHaveLength(asked);
      });
    },
    limitMs,
  );
});
