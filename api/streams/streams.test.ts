import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { followEvents, followRequests, unwrap } from '../client/index.ts';
import type { LogEvent } from '../../workflows/contracts/events.ts';
import { openHarness, startupToken, type Harness } from '../testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
  await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
});
afterAll(() => harness.close());

async function makeRequest(): Promise<string> {
  return (await unwrap(harness.api.POST('/api/requests', { body: { project: 'app', prompt: 'stream' } }))).requestId;
}

async function append(requestId: string, texts: string[], runId: string | null = null): Promise<void> {
  const events = texts.map((text) => ({ type: 'agent.message' as const, emittedAtMs: Date.now(), data: { itemId: 'i', text } }));
  await harness.runLog.append({ tenantId: 'default', requestId, runId, attempt: null }, events, uuid());
}

/** Reads until `count` events came, then leaves. */
async function take(events: AsyncGenerator<LogEvent>, count: number): Promise<LogEvent[]> {
  const taken: LogEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

function reader(requestId: string, afterSeq = 0) {
  return followEvents({ baseUrl: harness.url, token: startupToken, requestId, afterSeq });
}

function textsOf(events: LogEvent[]): string[] {
  return events.map((event) => (event.type === 'agent.message' ? event.data.text : event.type));
}

describe('event streams', () => {
  it('gives the past, then what comes, each event once and in order, to many readers', async () => {
    const requestId = await makeRequest();
    await append(requestId, ['a', 'b\n\nc']);

    const readers = Array.from({ length: 20 }, () => take(reader(requestId), 6));
    await append(requestId, ['d', 'e']);
    await append(requestId, ['f']);
    await append(requestId, ['g']);
    const all = await Promise.all(readers);

    for (const events of all) {
      expect(textsOf(events)).toEqual(['a', 'b\n\nc', 'd', 'e', 'f', 'g']);
      expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  it('resumes behind the last event and after the connection was cut, without a gap or a repetition', async () => {
    const requestId = await makeRequest();
    await append(requestId, ['a', 'b', 'c']);
    const states: string[] = [];
    const following = followEvents({
      baseUrl: harness.url,
      token: startupToken,
      requestId,
      afterSeq: 1,
      onConnection: (state) => void states.push(state),
      fetch: async (request) => {
        const response = await fetch(request);
        // The first connection breaks after what has been written by then.
        return states.length > 0 ? response : new Response(firstBytes(response), { headers: response.headers });
      },
    });

    const taken = take(following, 4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await append(requestId, ['d', 'e']);

    expect(textsOf(await taken)).toEqual(['b', 'c', 'd', 'e']);
    expect(states).toEqual(['connected', 'reconnecting', 'connected']);
  });

  it('streams one run only, with the seqs of the request', async () => {
    const requestId = await makeRequest();
    const runId = uuid();
    await insertRun(requestId, runId);
    await append(requestId, ['other']);
    await append(requestId, ['mine'], runId);

    const taken = take(followEvents({ baseUrl: harness.url, token: startupToken, requestId, runId }), 2);
    await append(requestId, ['other again']);
    await append(requestId, ['mine again'], runId);
    const events = await taken;

    expect(textsOf(events)).toEqual(['mine', 'mine again']);
    expect(events.map(({ seq }) => seq)).toEqual([2, 4]);
  });

  it('carries several requests over one connection and resumes each where it was', async () => {
    const [first, second] = [await makeRequest(), await makeRequest()];
    await append(first, ['a1', 'a2']);
    await append(second, ['b1']);
    const options = { baseUrl: harness.url, token: startupToken, requestIds: [first, second] };

    const all = await take(followRequests(options), 3);
    const rest = await take(followRequests({ ...options, after: [1, 0] }), 2);

    expect(textsOf(all).sort()).toEqual(['a1', 'a2', 'b1']);
    expect(textsOf(rest).sort()).toEqual(['a2', 'b1']);
  });

  it('forgets a request when its last reader leaves', async () => {
    const requestId = await makeRequest();
    await append(requestId, ['a']);

    await take(reader(requestId), 1);
    while (harness.hub.topicCount > 0) await new Promise((resolve) => setTimeout(resolve, 10));

    expect(harness.hub.topicCount).toBe(0);
  });

  it('refuses a stream of a request that is not there, for good', async () => {
    await expect(take(reader(uuid()), 1)).rejects.toMatchObject({ name: 'StreamRefused', status: 404 });
  });
});

describe('events as JSON', () => {
  it('pages back from the newest event, and says when the beginning is reached', async () => {
    const requestId = await makeRequest();
    await append(requestId, ['a', 'b', 'c', 'd', 'e']);
    const page = (beforeSeq: number) =>
      unwrap(harness.api.GET('/api/requests/{requestId}/events', { params: { path: { requestId }, query: { beforeSeq, limit: 2 } } }));

    const newest = await page(Number.MAX_SAFE_INTEGER);
    const oldest = await page(3);

    expect(newest).toMatchObject({ items: [{ seq: 4 }, { seq: 5 }], lastSeq: 5, more: true });
    expect(oldest).toMatchObject({ items: [{ seq: 1 }, { seq: 2 }], lastSeq: 2, more: false });
  });

  it('pages through the log', async () => {
    const requestId = await makeRequest();
    await append(requestId, ['a', 'b', 'c']);
    const read = (afterSeq: number) =>
      unwrap(harness.api.GET('/api/requests/{requestId}/events', { params: { path: { requestId }, query: { afterSeq, limit: 2 } } }));

    const page = await read(0);
    const rest = await read(page.lastSeq);

    expect([page.items.length, page.lastSeq, page.more]).toEqual([2, 2, true]);
    expect([rest.items.length, rest.lastSeq, rest.more]).toEqual([1, 3, false]);
  });

  it('reads some kinds of events alone, and says where the whole log ends so that a reader follows from there', async () => {
    const requestId = await makeRequest();
    await append(requestId, ['a', 'b']);
    await harness.runLog.append(
      { tenantId: 'default', requestId, runId: null, attempt: null },
      [{ type: 'warning', emittedAtMs: 1, data: { message: 'x' } }],
      uuid(),
    );
    const read = (types: string, limit: number) =>
      harness.api.GET('/api/requests/{requestId}/events', { params: { path: { requestId }, query: { types, limit } } });

    const page = await unwrap(read('agent.message', 1));
    const whole = await unwrap(read('agent.message,question.asked', 10));
    const unknown = await read('agent.message,nonsense', 10);

    expect([page.items.map(({ seq }) => seq), page.lastSeq, page.more]).toEqual([[1], 1, true]);
    expect([whole.items.map(({ seq }) => seq), whole.lastSeq, whole.more]).toEqual([[1, 2], 3, false]);
    expect(unknown.response.status).toBe(400);
  });
});

function firstBytes(response: Response): ReadableStream<Uint8Array> {
  const source = response.body?.getReader();
  let chunks = 0;
  return new ReadableStream({
    async pull(controller) {
      const chunk = chunks++ < 1 ? await source?.read() : undefined;
      if (!chunk?.value) {
        await source?.cancel();
        return controller.close();
      }
      controller.enqueue(chunk.value);
    },
  });
}

async function insertRun(requestId: string, runId: string): Promise<void> {
  const { runs } = await import('../../db/schema.ts');
  await harness.database.withTenant('default', async (tx) => {
    await tx.insert(runs).values({ tenantId: 'default', runId, requestId, ordinal: 1, purpose: 'implement', status: 'working' });
  });
}

describe('the head of a stream', () => {
  it('alone is answered and ends', async () => {
    const requestId = await makeRequest();
    const paths = [`/api/requests/${requestId}/events/stream`, `/api/stream?requests=${requestId}&changes=true`];

    const answers = await Promise.all(paths.map((path) => harness.fetch(path, { method: 'HEAD' })));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));

    expect(answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual(
      paths.map(() => [200, 'text/event-stream; charset=utf-8']),
    );
    expect(bodies).toEqual(['', '']);
  });
});
