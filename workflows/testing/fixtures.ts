import { initialState } from '../change-request/state.ts';
import type { Principal } from '../contracts/principal.ts';
import type { Checkpoint, MergeRequestRef, RequestInput, RequestSnapshot } from '../contracts/request.ts';
import type { RunResult } from '../contracts/run.ts';

export const requester: Principal = {
  id: 'requester',
  tenantId: 'default',
  name: 'Requester',
  email: 'requester@localhost',
  roles: ['maintainer'],
};
export const reviewer: Principal = {
  id: 'reviewer',
  tenantId: 'default',
  name: 'Reviewer',
  email: 'reviewer@localhost',
  roles: ['reviewer'],
};
export const observer: Principal = {
  id: 'observer',
  tenantId: 'default',
  name: 'Observer',
  email: 'observer@localhost',
  roles: ['observer'],
};

/** A request as the API submits it: patch gate of one, no plan, review on. */
export function requestInput(changes: Partial<RequestInput> = {}): RequestInput {
  return {
    requestId: 'r1',
    tenantId: 'default',
    projectId: 'p1',
    projectName: 'sample',
    title: 'make the failing test pass',
    requester,
    promptMessageId: 'm1',
    submittedAtMs: 1_000,
    baseBranch: 'main',
    forge: 'local',
    repositoryKind: 'git',
    executor: 'codex',
    model: null,
    effort: null,
    planFirst: false,
    gates: {
      plan: { required: 1, roles: ['admin', 'maintainer', 'reviewer'], requesterMayVote: true },
      patch: { required: 1, roles: ['admin', 'maintainer', 'reviewer'], requesterMayVote: true },
    },
    review: true,
    limits: { wallClockMs: 60_000, inactivityMs: 30_000, gateExpiryMs: null, repairTurns: 1 },
    ...changes,
  };
}

/** What is projected of a request that is being worked on and waits for nothing; `status` over that. */
export function requestSnapshot(
  input: RequestInput,
  order: { epoch: number; version: number },
  status: Partial<RequestSnapshot['status']> = {},
): RequestSnapshot {
  const state = initialState(input);
  const stage = status.stage ?? 'EXECUTING';
  const stages = [{ stage, fromMs: input.submittedAtMs, toMs: null }];
  return { ...state, ...order, status: { ...state.status, pendingMessageIds: [], stages, stage, ...status }, pending: [] };
}

export function checkpoint(commit = 'c1', runId = 'r1-1'): Checkpoint {
  return {
    checkpointId: `${runId}-cp`,
    runId,
    baseCommit: 'base',
    commit,
    bundleArtifactId: 'bundle',
    sessionArtifactId: null,
    threadId: null,
    stat: { files: 1, insertions: 1, deletions: 1 },
    warnings: [],
  };
}

export function runResult(changes: Partial<RunResult> = {}): RunResult {
  return {
    runId: 'r1-1',
    status: 'succeeded',
    reason: null,
    message: '',
    attempts: 1,
    checkpoint: checkpoint(),
    unchanged: false,
    plan: null,
    checks: [],
    handledMessageIds: ['m1'],
    ...changes,
  };
}

export function mergeRequest(commit = 'c1'): MergeRequestRef {
  return {
    mergeRequestId: 'mr1',
    forge: 'local',
    number: 1,
    url: 'http://localhost/api/merge-requests/mr1',
    branch: 'astraforge/x',
    targetBranch: 'main',
    commit,
    state: 'open',
    mergeCommit: null,
  };
}
