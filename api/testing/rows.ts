import { v7 as uuid } from 'uuid';
import type { Database } from '../../db/port.ts';
import { insertRequest, storeSnapshot } from '../../db/requests.ts';
import { endRun, insertRun } from '../../db/runs.ts';
import { insertMessage } from '../../db/messages.ts';
import type { Principal } from '../../workflows/contracts/principal.ts';
import type { Awaiting, Checkpoint, Gate, RequestInput, RequestStatus } from '../../workflows/contracts/request.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import { requestInput as anyRequestInput, requestSnapshot } from '../../workflows/testing/fixtures.ts';

/** The person that the start-up token of a test stands for. */
export const owner: Principal = { id: 'owner', tenantId: 'default', name: 'Owner', email: 'owner@localhost', roles: ['admin'] };

const rule = { required: 1, roles: ['admin' as const], requesterMayVote: true };

/** A request's input for tests. */
export function requestInput(changes: Partial<RequestInput> = {}): RequestInput {
  const own = { requestId: uuid(), projectName: 'app', title: 'Make it work', requester: owner, promptMessageId: uuid() };
  return anyRequestInput({ ...own, submittedAtMs: Date.now(), gates: { plan: rule, patch: rule }, ...changes });
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
  const snapshot = requestSnapshot(input, { epoch: 0, version: options.version ?? 1 }, status);
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
