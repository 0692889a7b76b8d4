import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import type { Checkpoint, CheckResult, MergeRequestRef, RequestInput } from '../workflows/contracts/request.ts';
import type { RunInput, RunResult } from '../workflows/contracts/run.ts';
import { listMergeRequests, upsertMergeRequest, viewMergeRequest } from './merge-requests.ts';
import type { Tx } from './port.ts';
import { finishReview, startReview } from './reviews.ts';
import { endRun, insertRun } from './runs.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

function inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return test.database.withTenant('t', work);
}

const stat = { files: 1, insertions: 2, deletions: 3 };
const check: CheckResult = { name: 'test', command: 'npm test', status: 'passed', exitCode: 0, durationMs: 5 };
const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** A run of the request that ended with this commit. */
async function runWith(requestId: string, ordinal: number, commit: string): Promise<string> {
  const runId = v7();
  const checkpoint = { runId, commit, stat } as Checkpoint;
  await inTenant((tx) =>
    insertRun(tx, { runId, ordinal, purpose: 'implement', createdAtMs: 0, request: { tenantId: 't', requestId } } as RunInput, 'working'),
  );
  await inTenant((tx) =>
    endRun(
      tx,
      { runId, status: 'succeeded', reason: null, message: '', attempts: 1, checkpoint, checks: [check] } as unknown as RunResult,
      usage,
    ),
  );
  return runId;
}

async function review(requestId: string, commit: string, verdict: 'approve' | 'comment' | null): Promise<void> {
  const reviewId = v7();
  const request = { tenantId: 't', requestId } as RequestInput;
  await inTenant((tx) => startReview(tx, { reviewId, request, checkpoint: { commit } as Checkpoint }));
  if (verdict === null) return;
  const finding = { fingerprint: 'f', path: 'a', startLine: 1, endLine: 1, severity: 'low' as const, title: 't', body: 'b' };
  await inTenant((tx) => finishReview(tx, { reviewId, status: 'completed', verdict, summary: '', findings: [finding] }));
}

async function open(requestId: string, commit: string): Promise<string> {
  const mergeRequestId = v7();
  const ref = { mergeRequestId, forge: 'local', number: 1, url: '/1', branch: 'b', targetBranch: 'main', commit, state: 'open' };
  const body = { tenantId: 't', requestId, projectId: v7(), title: 't', description: '' };
  await inTenant((tx) => upsertMergeRequest(tx, { ...body, ref: ref as MergeRequestRef }));
  return mergeRequestId;
}

describe('a merge request', () => {
  it('shows run, size, checks and review of its own commit, and of no other', async () => {
    const requestId = v7();
    const runId = await runWith(requestId, 1, 'published');
    await runWith(requestId, 2, 'newer');
    await review(requestId, 'published', 'approve');
    await review(requestId, 'newer', 'comment');

    const view = await inTenant(async (tx) => viewMergeRequest(tx, await open(requestId, 'published')));

    expect(view).toMatchObject({ runId, stat, checks: [check], reviewed: { verdict: 'approve', findings: 1 } });
  });

  it('shows none of them for a commit that nobody made here, and no review that is under way', async () => {
    const requestId = v7();
    await review(requestId, 'pushed-by-a-person', null);
    const mergeRequestId = await open(requestId, 'pushed-by-a-person');

    const page = await inTenant((tx) => listMergeRequests(tx, { limit: 10, requestId }));

    expect(page.items).toMatchObject([{ mergeRequestId, runId: null, stat: null, checks: [], reviewed: null }]);
  });
});
