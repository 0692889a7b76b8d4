import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { unwrap, uploadAttachment } from '../client/index.ts';
import { inbox, messages, requests } from '../../db/schema.ts';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { openHarness, startupToken, type Harness } from '../testing/harness.ts';
import { WorkflowRefusal } from '../workflow-gateway.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
  await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
});
afterAll(() => harness.close());
afterEach(() => {
  harness.workflows.mode = 'up';
  harness.workflows.refusal = null;
  harness.projectFile.text = null;
});

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return harness.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function submit(prompt = 'make it work') {
  return unwrap(harness.api.POST('/api/requests', { body: { project: 'app', prompt } }));
}

/** How many rows there are, to prove that a refusal left none. */
function rows() {
  return harness.database.withTenant('default', async (tx) => ({
    requests: await tx.$count(requests),
    messages: await tx.$count(messages),
    inbox: await tx.$count(inbox),
  }));
}

describe('submit', () => {
  it('keeps any prompt byte for byte and starts the workflow with references only', async () => {
    const prompt = `-- "quoted" 'x' 😀\r\n\ttabs \u0001 ${'ä'.repeat(500_000)}\n`;

    const made = await submit(prompt);
    const detail = await unwrap(harness.api.GET('/api/requests/{requestId}', { params: { path: { requestId: made.requestId } } }));

    expect(made.state).toBe('delivered');
    expect(detail.messages[0]?.body).toBe(prompt);
    expect(detail).toMatchObject({ stage: 'RECEIVED', source: 'projection', project: { name: 'app' }, requester: { id: 'owner' } });
    expect(JSON.stringify(harness.workflows.started.get(made.requestId)).length).toBeLessThan(3000);
    expect(harness.workflows.started.get(made.requestId)).toMatchObject({ projectName: 'app', baseBranch: 'main', title: made.title });
  });

  it.each([
    ['unknown-project', { project: 'nothing', prompt: 'x' }, 422],
    ['empty-prompt', { project: 'app', prompt: ' \n\t ' }, 422],
    ['prompt-too-large', { project: 'app', prompt: 'x'.repeat(1024 * 1024 + 1) }, 413],
    ['unknown-branch', { project: 'app', prompt: 'x', baseBranch: 'nope' }, 422],
    ['unknown-executor', { project: 'app', prompt: 'x', executor: 'nope' }, 422],
    ['unknown-attachment', { project: 'app', prompt: 'x', attachments: [{ artifactId: uuid(), name: 'a.txt' }] }, 422],
    ['attachment-name', { project: 'app', prompt: 'x', attachments: [{ artifactId: uuid(), name: '../a.txt' }] }, 422],
    ['invalid-body', { project: 'app', prompt: 'nul \0' }, 422],
    ['invalid-body', { project: 'app', prompt: 'half \ud800 pair' }, 422],
    ['invalid-body', { prompt: 5 }, 422],
    ['invalid-body', [], 422],
    ['malformed-json', '{"project":', 400],
  ])('refuses with %s and leaves no row', async (code, body, status) => {
    const before = await rows();

    const response = await post('/api/requests', body);

    expect(await response.json()).toMatchObject({ code, status });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await rows()).toEqual(before);
  });

  it('refuses a broken project file of the base branch', async () => {
    const before = await rows();
    harness.projectFile.text = 'broken: [';

    const response = await post('/api/requests', { project: 'app', prompt: 'x' });

    expect(await response.json()).toMatchObject({ code: 'project-file-invalid', status: 422 });
    expect(await rows()).toEqual(before);
  });

  it('answers a repeated Idempotency-Key the same, and refuses another body with it', async () => {
    const key = uuid();
    const first = await post('/api/requests', { project: 'app', prompt: 'once' }, { 'idempotency-key': key });
    const before = await rows();

    const again = await post('/api/requests', { project: 'app', prompt: 'once' }, { 'idempotency-key': key });
    const other = await post('/api/requests', { project: 'app', prompt: 'other' }, { 'idempotency-key': key });

    expect(again.status).toBe(201);
    expect(await again.json()).toEqual(await first.json());
    expect(await other.json()).toMatchObject({ code: 'idempotency-conflict', status: 422 });
    expect(await rows()).toEqual(before);
  });

  it('makes one request of a key that arrives many times at once', async () => {
    const key = uuid();
    const before = await rows();

    const answers = await Promise.all(
      Array.from({ length: 8 }, async () =>
        (await post('/api/requests', { project: 'app', prompt: 'race' }, { 'idempotency-key': key })).json(),
      ),
    );

    expect(new Set(answers.map((answer) => (answer as { requestId: string }).requestId)).size).toBe(1);
    expect((await rows()).requests).toBe(before.requests + 1);
    expect((await rows()).messages).toBe(before.messages + 1);
  });
});

describe('a repetition answers the same', () => {
  let repositories: Harness['deps']['repositories'];
  beforeEach(() => {
    repositories = { ...harness.deps.repositories };
  });
  afterEach(() => {
    Object.assign(harness.deps.repositories, repositories);
  });

  /** From here on nothing is found where a repository was. */
  function loseRepositories(): void {
    const gone = new DomainError('permanent', 'repository-unreachable', 'it is gone; restore it');
    harness.deps.repositories.inspect = () => Promise.reject(gone);
  }

  it('of a submit, without a look at the repository', async () => {
    const [body, headers] = [{ project: 'app', prompt: 'once' }, { 'idempotency-key': uuid() }];
    const first = await post('/api/requests', body, headers);
    loseRepositories();

    const again = await post('/api/requests', body, headers);
    const other = await post('/api/requests', body, { 'idempotency-key': uuid() });

    expect([first.status, again.status, other.status]).toEqual([201, 201, 422]);
    expect(await again.json()).toEqual(await first.json());
  });

  it('of a submit that was only accepted, whose request runs by now', async () => {
    const [body, headers] = [{ project: 'app', prompt: 'later' }, { 'idempotency-key': uuid() }];
    harness.workflows.mode = 'away';
    const first = await post('/api/requests', body, headers);
    harness.workflows.mode = 'up';
    loseRepositories();

    const again = await post('/api/requests', body, headers);

    const { requestId } = (await first.json()) as { requestId: string };
    expect([first.status, again.status]).toEqual([202, 201]);
    expect(await again.json()).toMatchObject({ requestId, state: 'delivered' });
  });

  it('of a new project, without a look at its repository', async () => {
    const [body, headers] = [{ name: 'kept', repositoryUrl: '/repo' }, { 'idempotency-key': uuid() }];
    const first = await post('/api/projects', body, headers);
    loseRepositories();

    const again = await post('/api/projects', body, headers);
    const other = await post('/api/projects', { ...body, name: 'other' }, headers);

    expect([first.status, again.status]).toEqual([201, 201]);
    expect(await again.json()).toEqual(await first.json());
    expect(await other.json()).toMatchObject({ code: 'idempotency-conflict', status: 422 });
  });

  it('of a cancel that was only accepted, whose request is closed by it by now', async () => {
    const { requestId } = await submit();
    const headers = { 'idempotency-key': uuid() };
    harness.workflows.mode = 'hanging';
    const first = await post(`/api/requests/${requestId}/cancel`, {}, headers);
    harness.workflows.mode = 'up';
    await harness.inbound.idle();
    await harness.database.withTenant('default', (tx) =>
      tx.update(requests).set({ stage: 'CANCELLED' }).where(eq(requests.requestId, requestId)),
    );

    const again = await post(`/api/requests/${requestId}/cancel`, {}, headers);
    const other = await post(`/api/requests/${requestId}/cancel`, {}, { 'idempotency-key': uuid() });

    expect([first.status, again.status]).toEqual([202, 200]);
    expect(await again.json()).toMatchObject({ state: 'delivered', requestId });
    expect(await other.json()).toMatchObject({ code: 'request-closed', status: 409 });
  });
});

describe('while Temporal is away', () => {
  it.each(['away', 'hanging'] as const)('accepts with 202 (%s), and the relay delivers everything in order', async (mode) => {
    harness.workflows.mode = mode;
    const made = await post('/api/requests', { project: 'app', prompt: 'later' });
    const { requestId, state } = (await made.json()) as { requestId: string; state: string };
    const chat = await post(`/api/requests/${requestId}/messages`, { text: 'and this' });

    expect([made.status, state, chat.status]).toEqual([202, 'accepted', 202]);
    harness.workflows.mode = 'up';
    harness.relay.start();
    await until(() => harness.workflows.updates.some((update) => update.requestId === requestId));

    expect(harness.workflows.started.has(requestId)).toBe(true);
    expect(harness.workflows.updates.filter((update) => update.requestId === requestId)).toHaveLength(1);
  });
});

describe('the order of messages', () => {
  const sentTo = (requestId: string) =>
    harness.workflows.updates.filter((update) => update.requestId === requestId).map(({ kind, input }) => ({ kind, ...wordsOf(input) }));
  const wordsOf = (input: object) => ('message' in input ? { message: input.message } : {});
  const say = async (requestId: string, text: string) => {
    const response = await post(`/api/requests/${requestId}/messages`, { text });
    const { messageId } = (await response.json()) as { messageId: string };
    return { status: response.status, messageId };
  };

  it('holds when an older one has not arrived: a newer one waits for it, a cancel does not', async () => {
    const { requestId } = await submit();
    harness.workflows.mode = 'away';
    const older = await say(requestId, 'first');
    // As after some attempts, so that no relay takes it yet.
    const putOff = (seconds: number) =>
      harness.database.asRelay((tx) =>
        tx
          .update(inbox)
          .set({ nextAttemptAt: sql`clock_timestamp() + ${seconds}::float8 * interval '1 second'` })
          .where(eq(inbox.requestId, requestId)),
      );
    await putOff(3600);
    harness.workflows.mode = 'up';

    const newer = await say(requestId, 'second');
    const cancel = await post(`/api/requests/${requestId}/cancel`, {});
    const before = sentTo(requestId);
    await putOff(0);
    harness.relay.start();
    await until(() => sentTo(requestId).length === 3);

    expect([older.status, newer.status, cancel.status]).toEqual([202, 202, 200]);
    expect(before).toEqual([{ kind: 'cancel' }]);
    expect(sentTo(requestId).slice(1)).toMatchObject([older, newer].map(({ messageId }) => ({ kind: 'chat', message: { messageId } })));
  });

  it('is that in which they came when several are on their way', async () => {
    const { requestId } = await submit();
    harness.workflows.mode = 'hanging';
    const older = say(requestId, 'first');
    await until(async () => (await pendingOf(requestId)) === 1);
    const newer = say(requestId, 'second');
    await until(async () => (await pendingOf(requestId)) === 2);
    harness.workflows.mode = 'up';
    const sent = [await older, await newer];
    harness.relay.start();
    await until(() => sentTo(requestId).length === 2);

    expect(sentTo(requestId)).toMatchObject(sent.map(({ messageId }) => ({ kind: 'chat', message: { messageId } })));
  });
});

function pendingOf(requestId: string): Promise<number> {
  return harness.database.withTenant('default', (tx) => tx.$count(inbox, and(eq(inbox.requestId, requestId), eq(inbox.state, 'pending'))));
}

describe('messages and decisions', () => {
  it('delivers a vote with its subject and records who did it', async () => {
    const { requestId } = await submit();

    const result = await unwrap(
      harness.api.POST('/api/requests/{requestId}/decisions', {
        params: { path: { requestId } },
        body: { vote: 'approve', subjectId: 'abc', comment: 'good' },
      }),
    );
    const activity = await unwrap(harness.api.GET('/api/activity', { params: { query: { requestId } } }));

    expect(result).toMatchObject({ state: 'delivered', stage: 'EXECUTING' });
    expect(harness.workflows.updates.at(-1)).toMatchObject({ kind: 'approve', input: { subjectId: 'abc', by: { id: 'owner' } } });
    expect(activity.items.map(({ verb, actor }) => [verb, actor])).toEqual([
      ['request.approved', 'Owner'],
      ['request.submitted', 'Owner'],
    ]);
  });

  it.each([
    ['stale-checkpoint', 409],
    ['gate-closed', 409],
    ['not-a-voter', 403],
    ['too-many-messages', 429],
  ])("passes the workflow's refusal on: %s", async (code, status) => {
    const { requestId } = await submit();
    const before = await rows();
    harness.workflows.refusal = new WorkflowRefusal(code, 'because');

    const vote = await post(`/api/requests/${requestId}/decisions`, { vote: 'approve', subjectId: 'old' });
    const chat = await post(`/api/requests/${requestId}/messages`, { text: 'hello' });

    expect(await vote.json()).toMatchObject({ code, status, detail: 'because' });
    expect(chat.status).toBe(status);
    expect((await rows()).messages).toBe(before.messages);
  });

  it('takes answers of an ordinary size, and refuses what no message to a workflow could hold', async () => {
    const { requestId } = await submit();
    const answer = (question: string, words: string, times: number) =>
      post(`/api/requests/${requestId}/answer`, { questionId: 'q', answers: { [question]: Array.from({ length: times }, () => words) } });
    const ordinary = await answer('one', 'x'.repeat(9_000), 10);
    const before = await rows();

    const refused = [await answer('one', 'x'.repeat(10_000), 11), await answer('two', 'ä'.repeat(6_000), 9)];

    expect(ordinary.status).toBe(200);
    for (const response of refused) expect(await response.json()).toMatchObject({ code: 'invalid-body', errors: [{ path: 'answers' }] });
    expect(await rows()).toEqual(before);
  });

  it('refuses a chat on a closed request and on one that is not there', async () => {
    const { requestId } = await submit();
    await harness.database.withTenant('default', (tx) => tx.update(requests).set({ stage: 'DONE' }));
    const before = await rows();

    const closed = await post(`/api/requests/${requestId}/messages`, { text: 'hello' });
    const missing = await post(`/api/requests/${uuid()}/messages`, { text: 'hello' });
    const odd = await post('/api/requests/%00/messages', { text: 'hello' });

    expect(await closed.json()).toMatchObject({ code: 'request-closed', status: 409 });
    expect(await missing.json()).toMatchObject({ code: 'not-found', status: 404 });
    expect(await odd.json()).toMatchObject({ code: 'not-found', status: 404 });
    expect(await rows()).toEqual(before);
  });

  it('answers how a chat reached the running agent', async () => {
    const { requestId } = await submit();
    const runId = uuid();
    harness.workflows.accepted = { stage: 'EXECUTING', duplicate: false, runId };

    const sent = unwrap(
      harness.api.POST('/api/requests/{requestId}/messages', { params: { path: { requestId } }, body: { text: 'faster' } }),
    );
    await until(() => harness.workflows.updates.some((update) => update.requestId === requestId));
    const update = harness.workflows.updates.find((each) => each.requestId === requestId)?.input as unknown as {
      message: { messageId: string };
    };
    const { messageId } = update.message;
    const scope = { tenantId: 'default', requestId, runId, attempt: 1 };
    await harness.runLog.append(scope, [{ type: 'message.steered', emittedAtMs: Date.now(), data: { messageId } }], 'steered');

    expect(await sent).toMatchObject({ messageId, runId, disposition: 'steered' });
  });
});

describe('chat integrations', () => {
  it('starts one request for a delivery, however often it comes', async () => {
    const body = { projectName: 'app', text: 'from chat', deliveryId: uuid() };

    const first = (await (await post('/api/chat/', body)).json()) as { request: { requestId: string } };
    const second = (await (await post('/api/chat/', body)).json()) as { request: { requestId: string } };
    const follow = await post('/api/chat', { requestId: first.request.requestId, text: 'more', deliveryId: uuid() });
    const both = await post('/api/chat', { ...body, requestId: first.request.requestId });

    expect(second.request.requestId).toBe(first.request.requestId);
    expect(await follow.json()).toMatchObject({ message: { state: 'delivered' } });
    expect(both.status).toBe(422);
  });

  it('refuse a delivery id that came before for something else, and keep what it came for first', async () => {
    await unwrap(harness.api.POST('/api/projects', { body: { name: 'shop', repositoryUrl: '/repo' } }));
    const [one, two] = [await submit(), await submit()];
    const targets = [{ projectName: 'app' }, { projectName: 'shop' }, { requestId: one.requestId }, { requestId: two.requestId }];

    for (const first of targets) {
      const delivery = { text: 'from chat', deliveryId: uuid() };
      const made = await post('/api/chat', { ...delivery, ...first });
      const before = await rows();
      for (const second of targets.filter((target) => target !== first)) {
        const reused = await post('/api/chat', { ...delivery, ...second });

        expect(await reused.json()).toMatchObject({ code: 'idempotency-conflict', status: 422 });
      }
      const again = await post('/api/chat', { ...delivery, ...first });

      expect([made.ok, again.ok]).toEqual([true, true]);
      expect(await rows()).toEqual(before);
    }
  });
});

describe('attachments', () => {
  it('takes a file and hands it to the prompt', async () => {
    const options = { baseUrl: harness.url, token: startupToken };
    const file = { name: 'notes.txt', mediaType: 'text/plain', bytes: new TextEncoder().encode('hello') };

    const uploaded = await uploadAttachment(options, file);
    const made = await unwrap(
      harness.api.POST('/api/requests', {
        body: { project: 'app', prompt: 'see file', attachments: [{ artifactId: uploaded.artifactId, name: 'notes.txt' }] },
      }),
    );
    const detail = await unwrap(harness.api.GET('/api/requests/{requestId}', { params: { path: { requestId: made.requestId } } }));

    expect(detail.messages[0]?.attachments).toEqual([{ ...uploaded, sizeBytes: 5 }]);
  });

  it.each([
    ['attachment-name', '..%2Fetc%2Fpasswd', 4, 422],
    ['attachment-name', 'a%5Cb', 4, 422],
    ['attachment-name', '%00', 4, 422],
    ['attachment-too-large', 'big.bin', 10 * 1024 * 1024 + 1, 413],
    ['attachment-empty', 'none.bin', 0, 422],
  ])('refuses with %s', async (code, name, size, status) => {
    const response = await harness.fetch(`/api/attachments?name=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array(size),
    });

    expect(await response.json()).toMatchObject({ code, status });
  });
});

describe('lists', () => {
  it('pages through every request once, newest first', async () => {
    for (let made = 0; made < 5; made++) await submit(`page ${made}`);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await unwrap(harness.api.GET('/api/requests', { params: { query: { limit: 2, cursor, project: 'app' } } }));
      seen.push(...page.items.map(({ requestId }) => requestId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);

    const { projectId } = await unwrap(harness.api.GET('/api/projects/{projectId}', { params: { path: { projectId: 'app' } } }));
    const ofProject = await harness.database.withTenant('default', (tx) => tx.$count(requests, eq(requests.projectId, projectId)));

    expect(seen.length).toBe(ofProject);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
