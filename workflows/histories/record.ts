import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { writeFile } from 'node:fs/promises';
import { workflowIds } from '../contracts/ids.ts';
import {
  answerUpdate,
  approveUpdate,
  cancelUpdate,
  chatUpdate,
  mergeUpdate,
  rejectUpdate,
  retryUpdate,
  amendUpdate,
  withdrawUpdate,
} from '../contracts/messages.ts';
import type { RequestStatus } from '../contracts/request.ts';
import type { TurnOutcome } from '../contracts/run.ts';
import { checkpoint, reviewer as by } from '../testing/fixtures.ts';
import { completed, Stage, type Scene, type Script, type Turn } from '../testing/scene.ts';

/**
 * One recorded history per control-flow shape; `node workflows/histories/record.ts [shape …]` writes them anew. Before the order of
 * commands changes behind `patched()`, those of the shapes that it touches go into `earlier/`: they stay as they are.
 */
const shapes: Record<string, { script: Script; act: (scene: Scene) => Promise<void> }> = {
  straight: { script: {}, act: merge },
  'late-checkpoint': { script: { turns: [() => completed({ finalised: undefined })] }, act: merge },
  'no-review': { script: { input: { review: false } }, act: merge },
  'plan-first': { script: { input: { planFirst: true } }, act: planThenApprove },
  repair: { script: { activities: { runChecks: () => ({ checks: [failedCheck] }) } }, act: merge },
  'failed-repair': {
    script: { turns: [() => completed(), ended('agent-exit')], activities: { runChecks: () => ({ checks: [failedCheck] }) } },
    act: merge,
  },
  'refused-work': {
    script: { turns: [() => completed({ finalised: undefined })], activities: { finaliseCheckpoint: refusing() } },
    act: merge,
  },
  'lost-place': { script: { turns: [ended('place-lost'), () => completed()] }, act: merge },
  'lost-checks': { script: { activities: { runChecks: losing() } }, act: retry },
  'agent-fault': { script: { turns: [ended('agent-exit'), () => completed()] }, act: retry },
  question: { script: { turns: [asks, () => completed()] }, act: answer },
  'chat-during-run': { script: { turns: [slow, () => completed()] }, act: chat },
  withdraw: { script: { turns: [slow, () => completed()], activities: { withdrawMessage } }, act: withdraw },
  'reject-amend': { script: {}, act: amend },
  cancel: { script: { turns: [slow] }, act: cancel },
  'operator-cancel': { script: {}, act: cancelByOperator },
};

const failedCheck = { name: 'test', command: 'npm test', status: 'failed', exitCode: 1, durationMs: 1 };

/** Refuses the first work for a secret in it. */
function refusing() {
  let tries = 0;
  return () => {
    if (tries++ > 0) return { checkpoint: checkpoint(), unchanged: false };
    const details = [{ names: ['KEY'], code: 'secret-in-change' }];
    throw ApplicationFailure.create({ message: 'it holds KEY (a)', type: 'checkpoint-failed', nonRetryable: true, details });
  };
}

/** Loses the place of the first checks for good. */
function losing() {
  let tries = 0;
  return () => {
    if (tries++ > 0) return { checks: [] };
    throw ApplicationFailure.nonRetryable('running the checks: their workspace is gone', 'place-lost');
  };
}

function ended(reason: 'place-lost' | 'agent-exit'): Turn {
  return () => ({ kind: 'failed', reason, message: reason, steeredMessageIds: [] });
}

function asks(): TurnOutcome {
  const question = { id: 'q1', header: '', question: 'Which?', allowsOther: true, options: [] };
  return { kind: 'question', questionId: 'q', questions: [question], steeredMessageIds: [] };
}

function withdrawMessage({ messageId }: { messageId: string }) {
  return { disposition: messageId === 'm2' ? 'withdrawn' : 'steered' };
}

function slow(): Promise<TurnOutcome> {
  return new Promise((resolve) => setTimeout(() => resolve(completed()), 600));
}

const at = (stage: string) => (status: RequestStatus) => status.stage === stage;
const message = (messageId: string) => ({ messageId, kind: 'chat' as const, author: by });

async function approve({ handle, until }: Scene): Promise<void> {
  const ready = await until(at('PATCH_READY'));
  await handle.executeUpdate(approveUpdate, {
    args: [{ deliveryId: 'approve', by, subjectId: ready.gate?.subject.id ?? '', comment: '' }],
  });
  await until((status) => status.mergeRequest !== null);
}

async function merge(scene: Scene): Promise<void> {
  await approve(scene);
  const { mergeRequest } = await scene.until((status) =>
    scene.input.review ? status.stage === 'REVIEWED' : status.awaiting?.kind === 'merge',
  );
  await scene.handle.executeUpdate(mergeUpdate, { args: [{ deliveryId: 'merge', by, subjectId: mergeRequest?.commit ?? '' }] });
  await scene.handle.result();
}

async function planThenApprove(scene: Scene): Promise<void> {
  const planned = await scene.until(at('PLAN_READY'));
  await scene.handle.executeUpdate(approveUpdate, {
    args: [{ deliveryId: 'plan', by, subjectId: planned.gate?.subject.id ?? '', comment: '' }],
  });
  await merge(scene);
}

async function retry(scene: Scene): Promise<void> {
  await scene.until(at('BLOCKED'));
  await scene.handle.executeUpdate(retryUpdate, { args: [{ deliveryId: 'retry', by, comment: '' }] });
  await merge(scene);
}

async function answer(scene: Scene): Promise<void> {
  await scene.until(at('BLOCKED'));
  await scene.handle.executeUpdate(answerUpdate, { args: [{ deliveryId: 'answer', by, questionId: 'q', answers: { q1: ['this'] } }] });
  await merge(scene);
}

async function chat(scene: Scene): Promise<void> {
  await scene.until((status) => status.activeRunId !== null);
  await scene.handle.executeUpdate(chatUpdate, { args: [{ deliveryId: 'chat', by, message: message('m2') }] });
  await merge(scene);
}

/** Words that wait and are withdrawn, then words that the agent is said to have. */
async function withdraw(scene: Scene): Promise<void> {
  await scene.until((status) => status.activeRunId !== null);
  for (const messageId of ['m2', 'm3']) {
    await scene.handle.executeUpdate(chatUpdate, { args: [{ deliveryId: messageId, by, message: message(messageId) }] });
    const input = { deliveryId: `withdraw-${messageId}`, by, messageId };
    await scene.handle.executeUpdate(withdrawUpdate, { args: [input] }).catch(() => undefined);
  }
  await merge(scene);
}

async function amend(scene: Scene): Promise<void> {
  const ready = await scene.until(at('PATCH_READY'));
  const subjectId = ready.gate?.subject.id ?? '';
  await scene.handle.executeUpdate(rejectUpdate, { args: [{ deliveryId: 'reject', by, subjectId, comment: 'no' }] });
  await scene.handle.executeUpdate(amendUpdate, {
    args: [{ deliveryId: 'amend', by, subjectId, comment: '', message: { ...message('m2'), kind: 'amend' } }],
  });
  await merge(scene);
}

async function cancel(scene: Scene): Promise<void> {
  await scene.until((status) => status.activeRunId !== null);
  await scene.handle.executeUpdate(cancelUpdate, { args: [{ deliveryId: 'cancel', by, reason: 'no longer needed' }] });
  await scene.handle.result();
}

async function cancelByOperator(scene: Scene): Promise<void> {
  await scene.until(at('PATCH_READY'));
  await scene.handle.cancel();
  await scene.handle.result();
}

const asked = process.argv.slice(2);
const stage = await Stage.open();
for (const [name, { script, act }] of Object.entries(shapes)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  await stage.play(script, async (scene) => {
    await act(scene);
    const { requestId } = scene.input;
    const ids = {
      request: workflowIds.request(requestId),
      run: workflowIds.run(`${requestId}-1`),
      review: workflowIds.review(`${requestId}-review-1`),
    };
    for (const [kind, id] of Object.entries(ids)) {
      const history = await stage.environment.client.workflow
        .getHandle(id)
        .fetchHistory()
        .catch(() => null);
      if (history) await writeFile(new URL(`./${name}.${kind}.json`, import.meta.url), historyToJSON(history));
    }
  });
}
await stage.close();
