import { v7 as uuid } from 'uuid';
import type { Database } from '../../db/port.ts';
import { insertRequest, storeSnapshot } from '../../db/requests.ts';
import { endRun, insertRun } from '../../db/runs.ts';
import { insertMessage } from '../../db/messages.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { Awaiting, Checkpoint, Gate, RequestInput, RequestSnapshot, RequestStatus, Stage } from '../../workflows/contracts/request.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';

/** The person that the start-up token of a test stands for. */
export const owner: Principal = { id: 'owner', tenantId: 'default', name: 'Owner', email: 'owner@localhost', roles: ['admin'] };

const rule = { required: 1, roles: ['admin' as const], requesterMayVote: true };

/** A request's input for tests. */
export function requestInput(changes: Partial<RequestInput> = {}): RequestInput {
  return {
    requestId: uuid(),
    tenantId: 'default',
    projectId: 'p1',
    projectName: 'app',
    title: 'Make it work',
    requester: owner,
    promptMessageId: uuid(),
    submittedAtMs: Date.now(),
    baseBranch: 'main',
    forge: 'local',
    repositoryKind: 'git',
    executor: 'codex',
    model: null,
    effort: null,
    planFirst: false,
    gates: { plan: rule, patch: rule },
    review: true,
    limits: { wallClockMs: 1000, inactivityMs: 1000, gateExpiryMs: null, repairTurns: 1 },
    ...changes,
  };
}

/** What a request waits for, for tests. */
export function awaiting(kind: Awaiting['kind'], sinceMs = 1): Awaiting {
  return { kind, sinceMs, untilMs: null, reason: null, message: '', actions: [], questionId: null, questions: [] };
}

/** An open gate for tests. */
export function openGate(changes: Partial<Gate> = {}): Gate {
  return {
    gateId: uuid(),
    subject: { kind: 'commit', id: 'c1' },
    rule,
    status: 'open',
    openedAtMs: 1,
    expiresAtMs: null,
    closedAtMs: null,
    decisions: [],
    checks: [],
    ...changes,
  };
}

/** A checkpoint for tests. */
export function checkpoint(runId: string, changes: Partial<Checkpoint> = {}): Checkpoint {
  return {
    checkpointId: `${runId}-cp`,
    runId,
    baseCommit: 'b'.repeat(40),
    commit: 'c'.repeat(40),
    bundleArtifactId: 'bundle',
    sessionArtifactId: null,
    threadId: null,
    stat: { files: 2, insertions: 5, deletions: 1 },
    warnings: [],
    ...changes,
  };
}

/** Writes a request as its workflow's projection would, with its prompt; `status` over that of a fresh one. */
export async function seedRequest(
  database: Database,
  input: RequestInput,
  status: Partial<RequestStatus> = {},
  options: { version?: number; prompt?: string } = {},
): Promise<void> {
  const { tenantId, requestId, promptMessageId: messageId } = input;
  const stage: Stage = status.stage ?? 'EXECUTING';
  const snapshot: RequestSnapshot = {
    schema: 1,
    epoch: 0,
    version: options.version ?? 1,
    input,
    status: {
      requestId,
      stage,
      resumeStage: null,
      awaiting: null,
      outcome: null,
      reason: null,
      activeRunId: null,
      lastRunId: null,
      runCount: 0,
      pendingMessageIds: [],
      checkpoint: null,
      gate: null,
      plan: null,
      mergeRequest: null,
      reviewId: null,
      stages: [{ stage, fromMs: input.submittedAtMs, toMs: null }],
      updatedAtMs: input.submittedAtMs,
      ...status,
    },
    pending: [],
    carried: [],
    review: null,
    cancelRequested: false,
    mergeRequested: false,
    gateCount: 0,
    reviewCount: 0,
    seen: [],
  };
  await database.withTenant(tenantId, async (tx) => {
    await insertRequest(tx, input);
    await insertMessage(tx, {
      tenantId,
      messageId,
      requestId,
      kind: 'prompt',
      body: options.prompt ?? 'words',
      authorId: input.requester.id,
    });
    await storeSnapshot(tx, snapshot);
  });
}

/** Writes a run of a request; with `end` as it ended. */
export async function seedRun(
  database: Database,
  request: RequestInput,
  ordinal: number,
  end?: { checkpoint: Checkpoint | null; inputTokens?: number; outputTokens?: number },
): Promise<string> {
  const runId = `${request.requestId}-${ordinal}`;
  const run: RunInput = { runId, ordinal, purpose: 'implement', request, messages: [], from: null, plan: null, createdAtMs: Date.now() };
  await database.withTenant(request.tenantId, async (tx) => {
    await insertRun(tx, run, end ? 'working' : 'waiting');
    if (!end) return;
    const result = {
      runId,
      status: 'succeeded' as const,
      reason: null,
      message: '',
      attempts: 1,
      checkpoint: end.checkpoint,
      unchanged: false,
    };
    const usage = { inputTokens: end.inputTokens ?? 0, cachedInputTokens: 0, outputTokens: end.outputTokens ?? 0 };
    await endRun(tx, { ...result, plan: null, checks: [], handledMessageIds: [] }, usage);
  });
  return runId;
}
