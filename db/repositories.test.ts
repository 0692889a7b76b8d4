import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import type { Principal } from '../workflows/contracts/principal.ts';
import type { Gate, MergeRequestRef, RequestInput } from '../workflows/contracts/request.ts';
import type { RunInput, RunResult } from '../workflows/contracts/run.ts';
import { listActivity, recordActivity } from './activity.ts';
import { getGate, listDecisions, listGates, storeGate } from './gates.ts';
import { heartbeatHost, listHosts, listSilentHosts } from './hosts.ts';
import { answerIdempotencyKey, claimIdempotencyKey, expireIdempotencyKeys, releaseIdempotencyKey } from './idempotency.ts';
import { settleLlmCall, startLlmCall, usageOfRun } from './llm-calls.ts';
import { insertNote, listMergeRequests, listNotes, nextMergeRequestNumber, upsertMergeRequest } from './merge-requests.ts';
import { getMessages, insertMessage, listMessages, setDisposition } from './messages.ts';
import type { Tx } from './port.ts';
import { getPrincipals, upsertPrincipal } from './principals.ts';
import { getProjectByName, insertProject, updateProject, type NewProject } from './projects.ts';
import { requestInput as anyRequestInput, requestSnapshot } from '../workflows/testing/fixtures.ts';
import { getRequest, insertRequest, listOpenRequests, listRequests, storeSnapshot } from './requests.ts';
import { finishReview, listReviews, startReview } from './reviews.ts';
import { abandonRun, endRun, getRun, insertRun, listOpenRuns, updateRun } from './runs.ts';
import type { ProjectSettings } from './project-settings.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';
import { activateWorkspace, endWorkspace, findIdleWorkspace, idleWorkspace, insertWorkspace, listLapsedWorkspaces } from './workspaces.ts';

const ada: Principal = { id: 'ada', tenantId: 't', name: 'Ada', email: 'ada@example.org', roles: ['maintainer'] };
let test: TestDatabase;

beforeAll(async () => {
  test = await openTestDatabase();
});

afterAll(() => test.close());

function inTenant<T>(work: (tx: Tx) => Promise<T>, tenantId = 't'): Promise<T> {
  return test.database.withTenant(tenantId, work);
}

function requestInput(changes: Partial<RequestInput> = {}): RequestInput {
  const ids = { requestId: v7(), tenantId: 't', projectId: 'p', promptMessageId: v7() };
  return anyRequestInput({ ...ids, requester: ada, submittedAtMs: Date.now(), ...changes });
}

function runInput(request: RequestInput, ordinal = 1): RunInput {
  return { runId: v7(), ordinal, purpose: 'implement', request, messages: [], from: null, plan: null, createdAtMs: Date.now() };
}

function project(changes: Partial<NewProject> = {}): NewProject {
  return {
    tenantId: 't',
    projectId: v7(),
    name: v7(),
    forge: 'local',
    repositoryKind: 'git',
    repositoryUrl: '/repositories/x.git',
    defaultBranch: 'main',
    settings: { planFirst: false } as ProjectSettings,
    ...changes,
  };
}

describe('storeSnapshot', () => {
  it('never loses a later projection to an earlier one, whatever order they arrive in', async () => {
    const input = requestInput();
    await inTenant((tx) => insertRequest(tx, input));
    const orders = [
      { epoch: 0, version: 2, stage: 'PATCH_READY' },
      { epoch: 0, version: 1, stage: 'EXECUTING' },
      { epoch: 0, version: 2, stage: 'FAILED' },
      { epoch: 1, version: 0, stage: 'RECEIVED' },
      { epoch: 0, version: 9, stage: 'FAILED' },
      { epoch: 1, version: 1, stage: 'DONE' },
    ] as const;

    const stored: boolean[] = [];
    for (const { stage, ...order } of orders)
      stored.push(await inTenant((tx) => storeSnapshot(tx, requestSnapshot(input, order, { stage }))));

    expect(stored).toEqual([true, false, false, true, false, true]);
    const row = await inTenant((tx) => getRequest(tx, input.requestId));
    expect(row).toMatchObject({ stage: 'DONE', epoch: 1, version: 1, closedAt: expect.any(Date) });
  });

  it('takes the first snapshot of all, (0, 0), and one of a request without a row', async () => {
    const submitted = requestInput();
    const unknown = requestInput();
    await inTenant((tx) => insertRequest(tx, submitted));

    const first = await inTenant((tx) => storeSnapshot(tx, requestSnapshot(submitted, { epoch: 0, version: 0 }, { stage: 'EXECUTING' })));
    const second = await inTenant((tx) => storeSnapshot(tx, requestSnapshot(unknown, { epoch: 0, version: 3 }, { stage: 'EXECUTING' })));

    expect([first, second]).toEqual([true, true]);
  });

  it('keeps an agent from stopping its request with characters that Postgres cannot hold', async () => {
    const input = requestInput();
    const snapshot = requestSnapshot(input, { epoch: 0, version: 1 }, { stage: 'PLAN_READY' });
    snapshot.status.plan = { planId: 'p', artifactText: 'nul \0 and half \ud83d of a pair' };
    snapshot.status.reason = 'kept \\u0000';

    await inTenant((tx) => storeSnapshot(tx, snapshot));
    await inTenant((tx) =>
      insertMessage(tx, { tenantId: 't', messageId: v7(), requestId: input.requestId, kind: 'chat', body: 'a\0b\ud83d' }),
    );

    const row = await inTenant((tx) => getRequest(tx, input.requestId));
    const [message] = await inTenant((tx) => listMessages(tx, input.requestId));
    expect(row?.snapshot?.status).toMatchObject({
      plan: { artifactText: 'nul \ufffd and half \ufffd of a pair' },
      reason: 'kept \\u0000',
    });
    expect(message?.body).toBe('a\ufffdb\ufffd');
  });
});

describe('listRequests', () => {
  it('pages through requests of one moment without a gap or a repetition, newest first', async () => {
    const submittedAtMs = Date.now();
    const inputs = Array.from({ length: 25 }, (_, n) =>
      requestInput({ tenantId: 'pages', submittedAtMs: submittedAtMs - Math.floor(n / 10) * 1000 }),
    );
    await inTenant(async (tx) => {
      for (const input of inputs) await insertRequest(tx, input);
    }, 'pages');

    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listRequests>> = await inTenant((tx) => listRequests(tx, { cursor, limit: 4 }), 'pages');
      ids.push(...page.items.map(({ requestId }) => requestId));
      cursor = page.nextCursor;
    } while (cursor);

    expect(ids).toHaveLength(25);
    expect([...ids].sort()).toEqual(inputs.map(({ requestId }) => requestId).sort());
    const times = ids.map((id) => inputs.find(({ requestId }) => requestId === id)!.submittedAtMs);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('filters by stage, project, requester and a part of the title', async () => {
    const wanted = requestInput({ tenantId: 'filters', projectId: 'p1', title: 'Fix 100% of_it' });
    const others = [
      requestInput({ tenantId: 'filters', projectId: 'p2', title: 'Fix 100 percent of it' }),
      requestInput({ tenantId: 'filters', projectId: 'p1', requester: { ...ada, id: 'bob' }, title: 'Other' }),
    ];
    await inTenant(async (tx) => {
      for (const input of [wanted, ...others]) await insertRequest(tx, input);
      await storeSnapshot(tx, requestSnapshot(others[1]!, { epoch: 0, version: 1 }, { stage: 'DONE' }));
    }, 'filters');
    const find = async (filter: object) =>
      (await inTenant((tx) => listRequests(tx, { limit: 10, ...filter }), 'filters')).items.map(({ requestId }) => requestId);

    expect(await find({ text: '100% OF_' })).toEqual([wanted.requestId]);
    expect(await find({ text: wanted.requestId })).toEqual([wanted.requestId]);
    expect(await find({ requesterId: 'bob' })).toEqual([others[1]!.requestId]);
    expect(await find({ projectId: 'p2' })).toEqual([others[0]!.requestId]);
    expect(await find({ stages: ['DONE', 'FAILED'] })).toEqual([others[1]!.requestId]);
    expect(
      (await test.database.asHousekeeper((tx) => listOpenRequests(tx, { after: null, limit: 1000 }))).map(({ requestId }) => requestId),
    ).toEqual(expect.arrayContaining([wanted.requestId, others[0]!.requestId]));
  });

  it.each(['not a cursor', Buffer.from('["x","y"]').toString('base64url'), Buffer.from('{}').toString('base64url')])(
    'refuses the cursor %p',
    async (cursor) => {
      const listing = inTenant((tx) => listRequests(tx, { cursor, limit: 10 }));

      await expect(listing).rejects.toMatchObject({ kind: 'permanent', code: 'cursor-invalid' });
    },
  );
});

describe('projects', () => {
  it('refuses a name that the tenant has, also by renaming, but not that of another tenant', async () => {
    const first = await inTenant((tx) => insertProject(tx, project({ name: 'taken' })));
    const second = await inTenant((tx) => insertProject(tx, project({ name: 'free' })));
    await inTenant((tx) => insertProject(tx, project({ tenantId: 'u', name: 'taken' })), 'u');

    const inserting = inTenant((tx) => insertProject(tx, project({ name: 'taken' })));
    const renaming = inTenant((tx) => updateProject(tx, second.projectId, { name: 'taken' }));

    await expect(inserting).rejects.toMatchObject({ code: 'project-name-taken' });
    await expect(renaming).rejects.toMatchObject({ code: 'project-name-taken' });
    expect((await inTenant((tx) => getProjectByName(tx, 'taken')))?.projectId).toBe(first.projectId);
  });
});

describe('messages', () => {
  it('are inserted once, carried by their run, and come back in the order asked for', async () => {
    const requestId = v7();
    const [first, second] = [v7(), v7()];
    const message = { tenantId: 't', requestId, kind: 'chat' as const, body: `-- "'; \n 🙂 ${'x'.repeat(1_000_000)}` };

    const inserted = [
      await inTenant((tx) => insertMessage(tx, { ...message, messageId: first })),
      await inTenant((tx) => insertMessage(tx, { ...message, messageId: second })),
      await inTenant((tx) => insertMessage(tx, { ...message, messageId: first, body: 'changed' })),
    ];
    await inTenant((tx) => setDisposition(tx, [first], 'carried', 'run-1'));

    const read = await inTenant((tx) => getMessages(tx, [second, 'unknown', first]));
    expect(inserted).toEqual([true, true, false]);
    expect(read.map(({ messageId, disposition, runId }) => [messageId, disposition, runId])).toEqual([
      [second, 'accepted', null],
      [first, 'carried', 'run-1'],
    ]);
    expect(read[1]?.body).toBe(message.body);
  });
});

describe('runs', () => {
  const usage = { inputTokens: 10, cachedInputTokens: 5, outputTokens: 7 };

  function resultOf(run: RunInput, status: RunResult['status']): RunResult {
    return {
      runId: run.runId,
      status,
      reason: null,
      message: status,
      attempts: 1,
      checkpoint: null,
      unchanged: false,
      plan: null,
      checks: [],
      handledMessageIds: [],
    };
  }

  it('end once, and change no more after it', async () => {
    const run = runInput(requestInput());
    await inTenant((tx) => insertRun(tx, run, 'waiting'));
    await inTenant((tx) => updateRun(tx, run.runId, { status: 'working' }));

    const ended = await inTenant((tx) => endRun(tx, resultOf(run, 'succeeded'), usage));
    const again = await inTenant((tx) => endRun(tx, resultOf(run, 'failed'), usage));
    const changed = await inTenant((tx) => updateRun(tx, run.runId, { status: 'working' }));

    expect([ended, again, changed]).toEqual([true, false, false]);
    expect(await inTenant((tx) => getRun(tx, run.runId))).toMatchObject({ status: 'succeeded', inputTokens: 10, outputTokens: 7 });
  });

  it('are found and ended by the housekeeper when their workflow is gone', async () => {
    const run = runInput(requestInput());
    await inTenant((tx) => insertRun(tx, run, 'working'));

    const open = await test.database.asHousekeeper((tx) => listOpenRuns(tx, { after: null, limit: 100 }));
    const abandoned = await test.database.asHousekeeper((tx) => abandonRun(tx, run.runId, 'internal', 'Its workflow is gone.'));

    expect(open.map(({ runId }) => runId)).toContain(run.runId);
    expect(abandoned).toBe(true);
  });
});

describe('workspaces', () => {
  it('are taken by one run only when they are idle', async () => {
    const requestId = v7();
    const workspaceId = v7();
    await inTenant((tx) =>
      insertWorkspace(tx, {
        tenantId: 't',
        workspaceId,
        requestId,
        runId: 'r1',
        attempt: 1,
        hostId: 'h',
        provisioner: 'local',
        purpose: 'agent',
        state: 'active',
        baseCommit: 'c',
        leaseMs: 1000,
      }),
    );
    const early = await inTenant((tx) => activateWorkspace(tx, workspaceId, 'r2', 1000));
    await inTenant((tx) => idleWorkspace(tx, workspaceId, -1000));
    const idle = await inTenant((tx) => findIdleWorkspace(tx, requestId));
    const lapsed = await test.database.asHousekeeper((tx) => listLapsedWorkspaces(tx, 100));

    const taken = await Promise.all(['r2', 'r3'].map((runId) => inTenant((tx) => activateWorkspace(tx, workspaceId, runId, 1000))));
    await inTenant((tx) => endWorkspace(tx, workspaceId));
    const late = await inTenant((tx) => activateWorkspace(tx, workspaceId, 'r4', 1000));

    expect(early).toBe(false);
    expect(idle).toMatchObject({ workspaceId, runId: null });
    expect(lapsed.map((row) => row.workspaceId)).toContain(workspaceId);
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(late).toBe(false);
  });
});

describe('gates', () => {
  it('are stored as they are now, each decision once', async () => {
    const requestId = v7();
    const decision = { decisionId: v7(), vote: 'approve' as const, by: ada, rule: null, comment: '', atMs: 1, superseded: false };
    const gate: Gate = {
      gateId: v7(),
      subject: { kind: 'commit', id: 'abc' },
      rule: { required: 1, roles: ['maintainer'], requesterMayVote: false },
      status: 'open',
      openedAtMs: 1,
      expiresAtMs: null,
      closedAtMs: null,
      decisions: [decision],
      checks: [],
    };
    const closed: Gate = { ...gate, status: 'superseded', decisions: [{ ...decision, superseded: true }] };

    await inTenant((tx) => storeGate(tx, 't', requestId, gate));
    await inTenant((tx) => storeGate(tx, 't', requestId, closed));

    expect(await inTenant((tx) => getGate(tx, gate.gateId))).toEqual(closed);
    expect(await inTenant((tx) => listGates(tx, requestId))).toEqual([closed]);
    expect(await inTenant((tx) => listDecisions(tx, requestId))).toMatchObject([{ subjectId: 'abc', decision: { superseded: true } }]);
  });
});

describe('merge requests', () => {
  function ref(number: number): MergeRequestRef {
    const id = v7();
    return {
      mergeRequestId: id,
      forge: 'local',
      number,
      url: `/mr/${number}`,
      branch: 'b',
      targetBranch: 'main',
      commit: 'c',
      state: 'open',
      mergeCommit: null,
    };
  }

  it('get different numbers when they are opened at once, and keep theirs when updated', async () => {
    const projectId = v7();
    const openOne = () =>
      inTenant(async (tx) => {
        const number = await nextMergeRequestNumber(tx, projectId);
        return upsertMergeRequest(tx, { tenantId: 't', requestId: v7(), projectId, title: 't', description: '', ref: ref(number) });
      });

    const opened = await Promise.all(Array.from({ length: 8 }, openOne));
    const [first] = opened;
    const merged = await inTenant((tx) => upsertMergeRequest(tx, { ...first!, ref: { ...first!.ref, state: 'merged', mergeCommit: 'm' } }));

    expect(opened.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(merged).toMatchObject({ number: first!.number, state: 'merged' });
    expect((await inTenant((tx) => listMergeRequests(tx, { limit: 20, projectId, state: 'open' }))).items).toHaveLength(7);
  });

  it('hold a remark once by its fingerprint', async () => {
    const mergeRequestId = v7();
    const note = { tenantId: 't', mergeRequestId, author: 'bot', fingerprint: 'f', path: null, line: null, body: 'b' };

    const inserted = [
      await inTenant((tx) => insertNote(tx, { ...note, noteId: v7() })),
      await inTenant((tx) => insertNote(tx, { ...note, noteId: v7() })),
    ];

    expect(inserted).toEqual([true, false]);
    expect(await inTenant((tx) => listNotes(tx, mergeRequestId))).toHaveLength(1);
  });
});

describe('reviews', () => {
  it('start once and keep their findings', async () => {
    const request = requestInput();
    const reviewId = v7();
    const checkpoint = {
      checkpointId: 'k',
      runId: 'r',
      baseCommit: 'a',
      commit: 'b',
      bundleArtifactId: 'x',
      sessionArtifactId: null,
      threadId: null,
      stat: { files: 0, insertions: 0, deletions: 0 },
      warnings: [],
    };
    await inTenant((tx) => startReview(tx, { reviewId, request, checkpoint }));
    await inTenant((tx) => startReview(tx, { reviewId, request, checkpoint }));

    const finished = await inTenant((tx) =>
      finishReview(tx, { reviewId, status: 'completed', verdict: 'approve', summary: 's', findings: [] }),
    );

    expect(finished).toBe(true);
    expect(await inTenant((tx) => listReviews(tx, request.requestId))).toMatchObject([
      { status: 'completed', verdict: 'approve', commit: 'b' },
    ]);
  });
});

describe('model calls', () => {
  it('count once for their run, when they are settled', async () => {
    const call = { tenantId: 't', requestId: 'r', runId: v7(), workspaceId: 'w', model: 'm', upstream: 'demo', reservedTokens: 10 };
    const settled = {
      state: 'completed' as const,
      status: 200,
      error: null,
      usage: { inputTokens: 100, cachedInputTokens: 20, outputTokens: 5 },
      firstByteAt: new Date(),
      countedTokens: 105,
    };
    await inTenant((tx) => startLlmCall(tx, { ...call, callId: 'c1' }, 60_000));
    await inTenant((tx) => startLlmCall(tx, { ...call, callId: 'c2' }, 60_000));

    await inTenant((tx) => settleLlmCall(tx, 'c1', settled));
    await inTenant((tx) => settleLlmCall(tx, 'c1', { ...settled, usage: { inputTokens: 1, cachedInputTokens: 1, outputTokens: 1 } }));

    const usage = await inTenant((tx) => usageOfRun(tx, call.runId));
    expect(usage).toEqual(settled.usage);
  });
});

describe('idempotency keys', () => {
  const key = { tenantId: 't', principalId: 'ada', key: 'k' };

  it('let one of several calls work, and answer the others as it answered', async () => {
    const claim = () => inTenant((tx) => claimIdempotencyKey(tx, { ...key, bodyHash: 'h' }));

    const claims = await Promise.all([claim(), claim(), claim()]);
    await inTenant((tx) => answerIdempotencyKey(tx, key, 201, { id: 1 }));
    await inTenant((tx) => releaseIdempotencyKey(tx, key));

    expect(claims.map(({ kind }) => kind).sort()).toEqual(['fresh', 'in-progress', 'in-progress']);
    expect(await claim()).toEqual({ kind: 'answered', status: 201, response: { id: 1 } });
  });

  it('refuse another body', async () => {
    await inTenant((tx) => claimIdempotencyKey(tx, { ...key, key: 'other', bodyHash: 'one' }));

    const reused = inTenant((tx) => claimIdempotencyKey(tx, { ...key, key: 'other', bodyHash: 'two' }));

    await expect(reused).rejects.toMatchObject({ kind: 'permanent', code: 'idempotency-key-reused' });
  });

  it('are free again when their call failed, and forgotten in time', async () => {
    const claim = () => inTenant((tx) => claimIdempotencyKey(tx, { ...key, key: 'failed', bodyHash: 'h' }));
    await claim();
    await inTenant((tx) => releaseIdempotencyKey(tx, { ...key, key: 'failed' }));

    const again = await claim();
    const expired = await test.database.asHousekeeper((tx) => expireIdempotencyKeys(tx, -1000));

    expect(again).toEqual({ kind: 'fresh' });
    expect(expired).toBeGreaterThan(0);
    expect(await claim()).toEqual({ kind: 'fresh' });
  });
});

describe('principals, hosts and activity', () => {
  it('shows roles as they are now', async () => {
    await inTenant((tx) => upsertPrincipal(tx, ada));
    await inTenant((tx) => upsertPrincipal(tx, { ...ada, roles: ['observer'] }));

    expect(await inTenant((tx) => getPrincipals(tx, ['ada', 'nobody']))).toEqual([{ ...ada, roles: ['observer'] }]);
  });

  it('knows which hosts live', async () => {
    await inTenant((tx) => heartbeatHost(tx, { hostId: 'h1', name: 'one', provisioner: 'local' }));
    await inTenant((tx) => heartbeatHost(tx, { hostId: 'h1', name: 'renamed', provisioner: 'local' }));

    expect(await inTenant(listHosts)).toMatchObject([{ hostId: 'h1', name: 'renamed' }]);
    expect(await test.database.asHousekeeper((tx) => listSilentHosts(tx, 60_000))).toEqual([]);
    expect(await test.database.asHousekeeper((tx) => listSilentHosts(tx, -60_000))).toHaveLength(1);
  });

  it('records an act once, and lists acts made within one transaction without a gap', async () => {
    const requestId = v7();
    const act = { tenantId: 't', requestId, actor: 'ada', verb: 'approved', detail: {} };
    await inTenant(async (tx) => {
      for (let n = 0; n < 5; n++) await recordActivity(tx, { ...act, activityId: `${requestId}-${n}` });
      await recordActivity(tx, { ...act, activityId: `${requestId}-0` });
    });

    const first = await inTenant((tx) => listActivity(tx, { requestId, limit: 3 }));
    const second = await inTenant((tx) => listActivity(tx, { requestId, limit: 3, cursor: first.nextCursor }));

    const ids = [...first.items, ...second.items].map(({ activityId }) => activityId);
    expect(ids.sort()).toEqual(Array.from({ length: 5 }, (_, n) => `${requestId}-${n}`));
    expect(second.nextCursor).toBeNull();
  });
});
