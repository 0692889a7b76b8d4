import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { insertMessage, setDisposition } from '../../db/messages.ts';
import { upsertPrincipal } from '../../db/principals.ts';
import type { Role } from '../../workflows/contracts/principal.ts';
import { unwrap, type Schemas } from '../client/index.ts';
import { openHarness, type Harness } from '../testing/harness.ts';
import { checkpoint, owner, requestInput, seedRequest, seedRun } from '../testing/rows.ts';
import { WorkflowRefusal } from '../workflow-gateway.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
  await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
});
afterEach(async () => {
  harness.workflows.refusal = null;
  await act('admin');
});
afterAll(() => harness.close());

/** Lets the caller hold another role. */
function act(role: Role): Promise<void> {
  return harness.database.withTenant('default', (tx) => upsertPrincipal(tx, { ...owner, roles: [role] }));
}

async function submit(): Promise<string> {
  return (await unwrap(harness.api.POST('/api/requests', { body: { project: 'app', prompt: 'words' } }))).requestId;
}

function post(requestId: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return harness.fetch(`/api/requests/${requestId}/messages`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function messagesOf(requestId: string) {
  return (await unwrap(harness.api.GET('/api/requests/{requestId}', { params: { path: { requestId } } }))).messages;
}

const remark = { path: 'src/a.ts', side: 'new', startLine: 3, endLine: 5, body: 'Shorter, please.' };

describe('remarks on a diff', () => {
  it.each(['chat', 'amend'] as const)('are a message of their own with %s, without further words', async (kind) => {
    const requestId = await submit();

    const sent = await post(requestId, { kind, subjectId: 'c1', remarks: [remark, { ...remark, side: 'old', startLine: 1, endLine: 1 }] });
    const [, message] = await messagesOf(requestId);

    expect(sent.status).toBe(200);
    expect(message).toMatchObject({ kind, body: '', subjectId: 'c1', answeredBy: null, disposition: 'accepted' });
    expect(message?.remarks).toEqual([remark, { ...remark, side: 'old', startLine: 1, endLine: 1 }]);
  });

  it('show the commit that answered them, once their run has one', async () => {
    const input = requestInput();
    await seedRequest(harness.database, input);
    const { requestId, tenantId } = input;
    await harness.database.withTenant(tenantId, (tx) =>
      insertMessage(tx, { tenantId, requestId, messageId: uuid(), kind: 'chat', body: 'not yet carried', authorId: 'owner' }),
    );
    const made = await seedRun(harness.database, input, 1, { checkpoint: checkpoint('1', { commit: 'c7' }) });
    const none = await seedRun(harness.database, input, 2, { checkpoint: null });
    for (const runId of [made, none]) {
      const messageId = uuid();
      await harness.database.withTenant(tenantId, async (tx) => {
        await insertMessage(tx, { tenantId, requestId, messageId, kind: 'chat', body: runId, authorId: 'owner' });
        await setDisposition(tx, [messageId], 'carried', runId);
      });
    }

    const answers = (await messagesOf(requestId)).map(({ runId, answeredBy }) => [runId, answeredBy]);

    expect(answers).toEqual([
      [null, null],
      [null, null],
      [made, 'c7'],
      [none, null],
    ]);
  });

  it.each<[string, object, string, number]>([
    ['neither words nor remarks', { text: ' ' }, 'empty-prompt', 422],
    [
      'more words in all than a prompt may have',
      { text: 'x'.repeat(1_040_000), remarks: [{ ...remark, body: 'y'.repeat(9_000) }] },
      'prompt-too-large',
      413,
    ],
    ['an end before the start', { remarks: [{ ...remark, endLine: 2 }] }, 'invalid-body', 422],
    ['line 0', { remarks: [{ ...remark, startLine: 0 }] }, 'invalid-body', 422],
    ['half a line', { remarks: [{ ...remark, startLine: 3.5 }] }, 'invalid-body', 422],
    ['no words in a remark', { remarks: [{ ...remark, body: '\n' }] }, 'invalid-body', 422],
    ['no path', { remarks: [{ ...remark, path: '' }] }, 'invalid-body', 422],
    ['a NUL character', { remarks: [{ ...remark, body: 'a\0' }] }, 'invalid-body', 422],
    ['more than a hundred', { remarks: Array.from({ length: 101 }, () => remark) }, 'invalid-body', 422],
    ['an amendment of nothing', { kind: 'amend', remarks: [remark] }, 'invalid-body', 422],
  ])('are refused with %s', async (_name, body, code, status) => {
    const requestId = await submit();

    const response = await post(requestId, body);

    expect(await response.json()).toMatchObject({ code, status });
    expect(await messagesOf(requestId)).toHaveLength(1);
  });
});

describe('withdrawing a message', () => {
  async function say(requestId: string, authorId = 'owner'): Promise<string> {
    const messageId = uuid();
    const message = { tenantId: 'default', requestId, messageId, kind: 'chat' as const, body: 'never mind', authorId };
    await harness.database.withTenant('default', (tx) => insertMessage(tx, message));
    return messageId;
  }

  function withdraw(requestId: string, messageId: string): Promise<Response> {
    return harness.fetch(`/api/requests/${requestId}/messages/${messageId}`, { method: 'DELETE' });
  }

  it('asks the workflow and records who did it', async () => {
    const requestId = await submit();
    const messageId = await say(requestId);

    const response = await withdraw(requestId, messageId);
    const activity = await unwrap(harness.api.GET('/api/activity', { params: { query: { requestId } } }));

    expect(await response.json()).toMatchObject({ state: 'delivered', requestId });
    expect(harness.workflows.updates.at(-1)).toMatchObject({ requestId, kind: 'withdraw', input: { messageId, by: { id: 'owner' } } });
    expect(activity.items[0]).toMatchObject({ verb: 'request.message-withdrawn', actor: 'Owner' });
  });

  it.each(['message-with-agent', 'message-not-waiting', 'prompt-stays'])(
    'is 409 when the workflow says %s, and the message stays',
    async (code) => {
      const requestId = await submit();
      const messageId = await say(requestId);
      harness.workflows.refusal = new WorkflowRefusal(code, 'because');

      const response = await withdraw(requestId, messageId);

      expect(await response.json()).toMatchObject({ code, status: 409, detail: 'because' });
      expect((await messagesOf(requestId)).at(-1)).toMatchObject({ messageId, disposition: 'accepted' });
    },
  );

  it('is for its author or a maintainer', async () => {
    const requestId = await submit();
    const [own, others] = [await say(requestId), await say(requestId, 'ada')];

    await act('reviewer');
    const byReviewer = [await withdraw(requestId, own), await withdraw(requestId, others)];
    await act('maintainer');
    const byMaintainer = await withdraw(requestId, others);
    await act('observer');
    const byObserver = await withdraw(requestId, own);

    expect(byReviewer.map(({ status }) => status)).toEqual([200, 403]);
    expect(await byReviewer[1]?.json()).toMatchObject({ code: 'not-the-author' });
    expect([byMaintainer.status, byObserver.status]).toEqual([200, 403]);
  });

  it('finds only messages of that request', async () => {
    const [requestId, other] = [await submit(), await submit()];
    const messageId = await say(other);

    const missing = await Promise.all([withdraw(requestId, messageId), withdraw(requestId, uuid()), withdraw(uuid(), messageId)]);

    expect(missing.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await missing[0].json()) as Schemas['Problem']).toMatchObject({ code: 'not-found' });
  });
});
