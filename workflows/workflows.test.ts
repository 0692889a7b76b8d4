import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { taskQueues, workflowIds } from './contracts/ids.ts';
import {
  amendUpdate,
  answerUpdate,
  approveSignal,
  approveUpdate,
  cancelUpdate,
  chatUpdate,
  mergeUpdate,
  rejectUpdate,
  retryUpdate,
  statusQuery,
  withdrawUpdate,
} from './contracts/messages.ts';
import type { RequestStatus } from './contracts/request.ts';
import type { TurnOutcome } from './contracts/run.ts';
import { mergeRequest, requestInput, reviewer } from './testing/fixtures.ts';
import { completed, Stage, type Scene, type Script, type Turn } from './testing/scene.ts';

let theatre: Stage;

beforeAll(async () => {
  theatre = await Stage.open();
}, 120_000);

afterAll(async () => {
  await theatre?.close();
});

const scene = (script: Script, act: (scene: Scene) => Promise<void>) => theatre.play(script, act);
const stage = (name: string) => (status: RequestStatus) => status.stage === name;
const by = reviewer;
const message = (messageId: string) => ({ messageId, kind: 'chat' as const, author: reviewer });

/** The code with which an Update was refused; null for anything else. */
function codeOf(error: unknown): string | null {
  return error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure ? (error.cause.type ?? null) : null;
}

/** A turn that lasts until it is told how it ended. */
function gate(): { turn: Turn; open: (outcome: TurnOutcome) => void } {
  const { promise, resolve } = Promise.withResolvers<TurnOutcome>();
  async function turn(): Promise<TurnOutcome> {
    const beat = setInterval(() => Context.current().heartbeat(), 100);
    try {
      return await promise;
    } finally {
      clearInterval(beat);
    }
  }
  return { turn, open: resolve };
}

describe('a request', () => {
  // First: time is skipped only while no activity of another scene is still under way.
  it('waits at the gate until it expires', async () => {
    const limits = { ...requestInput().limits, gateExpiryMs: 30 * 24 * 3_600_000 };
    await scene({ input: { limits } }, async ({ until, snapshots }) => {
      await until((status) => status.stage === 'PATCH_READY' && status.gate?.status === 'open');
      await theatre.environment.sleep('31 days');
      await until(stage('FAILED'));

      expect(snapshots.at(-1)?.status).toMatchObject({ stage: 'FAILED', reason: 'gate-expired' });
    });
  });

  it('goes from prompt to merge, and its projection ends where it did', async () => {
    await scene({}, async ({ handle, until, log, snapshots, calls }) => {
      const ready = await until(stage('PATCH_READY'));
      await handle.executeUpdate(approveUpdate, {
        args: [{ deliveryId: 'd1', by, subjectId: ready.checkpoint?.commit ?? '', comment: '' }],
      });
      await until(stage('REVIEWED'));
      await handle.executeUpdate(mergeUpdate, { args: [{ deliveryId: 'd2', by, subjectId: 'c1' }] });
      await handle.result();

      expect(snapshots.at(-1)?.status).toMatchObject({ stage: 'DONE', outcome: 'merged' });
      expect(snapshots.map((snapshot) => snapshot.version)).toEqual(
        [...snapshots.map((snapshot) => snapshot.version)].sort((a, b) => a - b),
      );
      expect(log.filter((line) => line.type === 'request.stage').map((line) => line.data.to)).toEqual([
        'EXECUTING',
        'PATCH_READY',
        'MR_OPENED',
        'REVIEWED',
        'DONE',
      ]);
      expect([...calls].sort()).toEqual(['endRun, keeping', 'postReview', 'publish c1', 'startTurn implement 1 [m1]']);
    });
  });

  it('asks for the checkpoint that the host of the workspace could not make', async () => {
    const turns = [() => completed({ finalised: undefined })];
    await scene({ turns, input: { review: false } }, async ({ until, calls }) => {
      const { checkpoint } = await until(stage('PATCH_READY'));

      expect(checkpoint?.commit).toBe('c1');
      expect(calls).toContain('finalise');
    });
  });

  it('costs at most 150 history events, workflow and children together', async () => {
    await scene({}, async ({ handle, until, input }) => {
      const ready = await until(stage('PATCH_READY'));
      await handle.executeUpdate(approveUpdate, {
        args: [{ deliveryId: 'd1', by, subjectId: ready.checkpoint?.commit ?? '', comment: '' }],
      });
      await until(stage('REVIEWED'));
      await handle.executeUpdate(mergeUpdate, { args: [{ deliveryId: 'd2', by, subjectId: 'c1' }] });
      await handle.result();
      const ids = [
        workflowIds.request(input.requestId),
        workflowIds.run(`${input.requestId}-1`),
        workflowIds.review(`${input.requestId}-review-1`),
      ];
      const histories = await Promise.all(ids.map((id) => theatre.environment.client.workflow.getHandle(id).fetchHistory()));

      expect(histories.reduce((sum, history) => sum + (history.events?.length ?? 0), 0)).toBeLessThanOrEqual(150);
    });
  });

  it('takes the same delivery once, as Update and as Signal', async () => {
    await scene({ turns: [() => new Promise((resolve) => setTimeout(() => resolve(completed()), 1_000))] }, async ({ handle, until }) => {
      await until((status) => status.activeRunId !== null);
      const first = await handle.executeUpdate(chatUpdate, { args: [{ deliveryId: 'same', by, message: message('m2') }] });
      const second = await handle.executeUpdate(chatUpdate, { args: [{ deliveryId: 'same', by, message: message('m2') }] });

      expect([first.duplicate, second.duplicate]).toEqual([false, true]);
      expect((await handle.query(statusQuery)).pendingMessageIds).toEqual(['m2']);
    });
  });

  it('refuses with a code, and a refusal leaves the state as it was', async () => {
    await scene({}, async ({ handle, until }) => {
      await until(stage('PATCH_READY'));
      const refused = handle.executeUpdate(approveUpdate, { args: [{ deliveryId: 'd', by, subjectId: 'old', comment: '' }] });

      expect(codeOf(await refused.catch((caught: unknown) => caught))).toBe('stale-checkpoint');
    });
  });

  it('is approved by Signal too', async () => {
    await scene({ input: { review: false } }, async ({ handle, until }) => {
      await until(stage('PATCH_READY'));
      await handle.signal(approveSignal, { deliveryId: 'd', by, subjectId: 'c1', comment: '' });

      expect((await until(stage('MR_OPENED'))).mergeRequest?.commit).toBe('c1');
    });
  });

  it('runs again for words that were not steered, and for words after the merge request', async () => {
    const slow: Turn = () => new Promise((resolve) => setTimeout(() => resolve(completed()), 600));
    await scene({ turns: [slow, () => completed()], input: { review: false } }, async ({ handle, until, calls }) => {
      await until((status) => status.activeRunId !== null);
      await handle.executeUpdate(chatUpdate, { args: [{ deliveryId: 'd1', by, message: message('m2') }] });
      const ready = await until(stage('PATCH_READY'));
      await handle.executeUpdate(approveUpdate, {
        args: [{ deliveryId: 'd2', by, subjectId: ready.checkpoint?.commit ?? '', comment: '' }],
      });
      await until(stage('MR_OPENED'));
      await handle.executeUpdate(chatUpdate, { args: [{ deliveryId: 'd3', by, message: message('m3') }] });
      const again = await until(stage('PATCH_READY'));

      expect(calls.filter((call) => call.startsWith('startTurn'))).toEqual([
        'startTurn implement 1 [m1]',
        'startTurn follow-up 1 [m2]',
        'startTurn follow-up 1 [m3]',
      ]);
      expect(again.gate?.subject.id).toBe('c3');
    });
  });

  it('forgets words that are withdrawn while the agent works: no run carries them', async () => {
    const work = gate();
    await scene({ turns: [work.turn, () => completed()], input: { review: false } }, async ({ handle, until, calls }) => {
      await until((status) => status.activeRunId !== null);
      await handle.executeUpdate(chatUpdate, { args: [{ deliveryId: 'd1', by, message: message('m2') }] });
      const accepted = await handle.executeUpdate(withdrawUpdate, { args: [{ deliveryId: 'd2', by, messageId: 'm2' }] });
      const again = await handle.executeUpdate(withdrawUpdate, { args: [{ deliveryId: 'd2', by, messageId: 'm2' }] });
      const waiting = (await handle.query(statusQuery)).pendingMessageIds;
      work.open(completed());
      const ready = await until(stage('PATCH_READY'));

      expect([accepted.duplicate, again.duplicate, waiting]).toEqual([false, true, []]);
      expect(calls.filter((call) => /^(startTurn|withdraw)/.test(call))).toEqual(['startTurn implement 1 [m1]', 'withdraw m2']);
      expect(ready.gate?.subject.id).toBe('c1');
    });
  });

  it('keeps words that the agent has already, and says so', async () => {
    const work = gate();
    const activities = { withdrawMessage: () => ({ disposition: 'steered' }) };
    await scene({ turns: [work.turn], input: { review: false }, activities }, async ({ handle, until, calls }) => {
      await until((status) => status.activeRunId !== null);
      await handle.executeUpdate(chatUpdate, { args: [{ deliveryId: 'd1', by, message: message('m2') }] });
      const refusal = await handle
        .executeUpdate(withdrawUpdate, { args: [{ deliveryId: 'd2', by, messageId: 'm2' }] })
        .catch((caught: unknown) => caught);
      const waiting = (await handle.query(statusQuery)).pendingMessageIds;
      work.open(completed({ steeredMessageIds: ['m2'] }));
      await until(stage('PATCH_READY'));

      expect(codeOf(refusal)).toBe('message-with-agent');
      expect(waiting).toEqual(['m2']);
      expect(calls.filter((call) => call.startsWith('startTurn'))).toEqual(['startTurn implement 1 [m1]']);
    });
  });

  it('asks a person and goes on with the answer in the same turn', async () => {
    const question = {
      id: 'q1',
      header: 'Db',
      question: 'Which database?',
      allowsOther: true,
      options: [{ label: 'Postgres', description: '' }],
    };
    const asks: Turn = () => ({ kind: 'question', questionId: 'qq', questions: [question], steeredMessageIds: [] });
    await scene({ turns: [asks, () => completed()] }, async ({ handle, until, calls }) => {
      const blocked = await until(stage('BLOCKED'));
      await handle.executeUpdate(answerUpdate, { args: [{ deliveryId: 'd', by, questionId: 'qq', answers: { q1: ['Postgres'] } }] });
      await until(stage('PATCH_READY'));

      expect(blocked.awaiting).toMatchObject({ kind: 'answer', questionId: 'qq', questions: [question] });
      expect(calls).toContain('deliver answer');
    });
  });

  it('resumes a lost place twice, then asks a person; a retry starts anew', async () => {
    const lost: Turn = () => ({ kind: 'failed', reason: 'place-lost', message: 'the sandbox is gone', steeredMessageIds: [] });
    await scene({ turns: [lost, lost, lost, () => completed()] }, async ({ handle, until, calls }) => {
      const blocked = await until(stage('BLOCKED'));
      await handle.executeUpdate(retryUpdate, { args: [{ deliveryId: 'd', by, comment: '' }] });
      await until(stage('PATCH_READY'));

      expect(blocked.awaiting).toMatchObject({ kind: 'retry', reason: 'place-lost', message: 'the sandbox is gone' });
      expect(calls.filter((call) => call.startsWith('startTurn'))).toEqual([
        'startTurn implement 1 [m1]',
        'startTurn implement 2 [m1]',
        'startTurn implement 3 [m1]',
        'startTurn implement 1 [m1]',
      ]);
    });
  });

  it("ends a run at once for the agent's own fault", async () => {
    const broke: Turn = () => ({ kind: 'failed', reason: 'agent-exit', message: 'the agent exited with 3', steeredMessageIds: [] });
    await scene({ turns: [broke] }, async ({ until, calls }) => {
      const blocked = await until(stage('BLOCKED'));

      expect(blocked.awaiting).toMatchObject({ reason: 'agent-exit', actions: ['retry', 'chat', 'cancel'] });
      expect(calls.filter((call) => call.startsWith('startTurn'))).toHaveLength(1);
      expect(calls).toContain('release destroy');
    });
  });

  it('gives failed checks one bounded repair turn and shows the result on the gate', async () => {
    const failing = { name: 'test', command: 'npm test', status: 'failed' as const, exitCode: 1, durationMs: 1 };
    await scene({ activities: { runChecks: () => ({ checks: [failing] }) } }, async ({ until, calls }) => {
      const ready = await until(stage('PATCH_READY'));

      expect(calls.filter((call) => call === 'continueTurn')).toHaveLength(1);
      expect(ready.gate?.checks).toEqual([failing]);
    });
  });

  it('cancels a running turn, and the run still ends', async () => {
    const hangs = async () => {
      const beat = setInterval(() => Context.current().heartbeat(), 100);
      try {
        await Context.current().cancelled;
        return completed();
      } finally {
        clearInterval(beat);
      }
    };
    await scene({ activities: { watchTurn: hangs } }, async ({ handle, until, calls, snapshots }) => {
      await until((status) => status.activeRunId !== null);
      await handle.executeUpdate(cancelUpdate, { args: [{ deliveryId: 'd', by, reason: 'changed my mind' }] });
      await handle.result();

      expect(snapshots.at(-1)?.status).toMatchObject({ stage: 'CANCELLED', outcome: 'cancelled', reason: 'changed my mind' });
      expect(calls).toEqual(expect.arrayContaining(['release destroy', 'endRun']));
    });
  });

  it('plans first when asked to, behind a gate of its own', async () => {
    await scene({ input: { planFirst: true, review: false } }, async ({ handle, until, calls }) => {
      const planned = await until(stage('PLAN_READY'));
      await handle.executeUpdate(approveUpdate, {
        args: [{ deliveryId: 'd', by, subjectId: planned.gate?.subject.id ?? '', comment: '' }],
      });
      await until(stage('PATCH_READY'));

      expect(calls.filter((call) => call.startsWith('startTurn'))).toEqual(['startTurn plan 1 [m1]', 'startTurn implement 1 [m1]']);
    });
  });

  it('asks for changes after a reject', async () => {
    await scene({ input: { review: false } }, async ({ handle, until }) => {
      await until(stage('PATCH_READY'));
      await handle.executeUpdate(rejectUpdate, { args: [{ deliveryId: 'd1', by, subjectId: 'c1', comment: 'no' }] });
      await until(stage('BLOCKED'));
      await handle.executeUpdate(amendUpdate, {
        args: [{ deliveryId: 'd2', by, subjectId: 'c1', comment: 'smaller', message: { ...message('m2'), kind: 'amend' } }],
      });

      expect((await until(stage('PATCH_READY'))).gate?.subject.id).toBe('c2');
    });
  });

  it('publishes nothing but what was approved when publishing fails, and retries that', async () => {
    let tries = 0;
    const publish = ({ checkpoint: { commit } }: { checkpoint: { commit: string } }) => {
      if (tries++ === 0) throw ApplicationFailure.nonRetryable('the branch moved', 'remote-moved');
      return mergeRequest(commit);
    };
    await scene({ input: { review: false }, activities: { publish } }, async ({ handle, until }) => {
      await until(stage('PATCH_READY'));
      await handle.executeUpdate(approveUpdate, { args: [{ deliveryId: 'd1', by, subjectId: 'c1', comment: '' }] });
      const blocked = await until(stage('BLOCKED'));
      await handle.executeUpdate(retryUpdate, { args: [{ deliveryId: 'd2', by, comment: '' }] });

      expect(blocked.awaiting).toMatchObject({ reason: 'remote-moved', message: 'the branch moved' });
      expect((await until(stage('MR_OPENED'))).mergeRequest?.commit).toBe('c1');
    });
  });

  it('goes on from what continue-as-new carries: same gate, same deliveries known', async () => {
    await scene({ input: { review: false } }, async ({ handle, until, input, snapshots }) => {
      await until(stage('PATCH_READY'));
      const chat = { deliveryId: 'early', by, message: message('m2') };
      await handle.executeUpdate(chatUpdate, { args: [chat] });
      await until((status) => status.gate?.subject.id === 'c2' && status.stage === 'PATCH_READY');
      while (snapshots.at(-1)?.status.gate?.subject.id !== 'c2') await new Promise((resolve) => setTimeout(resolve, 25));
      await handle.terminate();
      const next = await theatre.start(input, snapshots.at(-1));

      const again = await next.executeUpdate(chatUpdate, { args: [chat] });
      await next.executeUpdate(approveUpdate, { args: [{ deliveryId: 'late', by, subjectId: 'c2', comment: '' }] });

      expect(again.duplicate).toBe(true);
      expect((await until(stage('MR_OPENED'))).mergeRequest?.commit).toBe('c2');
    });
  });

  it('is one workflow however often it is submitted', async () => {
    await scene({}, async ({ handle, input }) => {
      const same = await theatre.environment.client.workflow.start('changeRequest', {
        workflowId: workflowIds.request(input.requestId),
        taskQueue: taskQueues.control,
        args: [input],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      });

      expect(same.firstExecutionRunId).toBe(handle.firstExecutionRunId);
    });
  });
});
