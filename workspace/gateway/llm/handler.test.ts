import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, open } from '../testing/client.ts';
import { startDoor, type TestDoor, type TestDoorOptions } from '../testing/harness.ts';
import { createHttpUpstream } from './http-upstream.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

const body = JSON.stringify({ model: 'm', input: [], stream: true });
const completed =
  'event: response.completed\ndata: {"type":"response.completed","response":{"id":"r","usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":4},"output_tokens":7}}}\n\n';
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(
  listener: Listener,
  options: TestDoorOptions & { apiKey?: string; timeouts?: [number, number, number] } = {},
): Promise<TestDoor> {
  const server = await listen(listener);
  const [connectMs, firstByteMs, idleMs] = options.timeouts ?? [5_000, 10_000, 10_000];
  const upstream = createHttpUpstream({
    name: 'raw',
    baseUrl: urlOf(server),
    apiKey: options.apiKey ?? null,
    timeouts: { connectMs, firstByteMs, idleMs },
  });
  const door = await startDoor({ upstream, ...options });
  cleanups.push(() => door.close());
  return door;
}

async function listen(listener: Listener): Promise<Server> {
  const server = http.createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function call(door: TestDoor, text = body) {
  return { method: 'POST', path: '/v1/responses', token: door.token, body: text, headers: { 'content-type': 'application/json' } };
}

async function settled(door: TestDoor) {
  for (;;) {
    const settlement = door.ledger.calls.at(-1)?.settlement;
    if (settlement) return settlement;
    await sleep(5);
  }
}

describe('the model passthrough', () => {
  it('streams the answer byte for byte, whatever its chunks, and meters it', async () => {
    const noise = randomBytes(300_000).toString('base64');
    const sent = Buffer.from(`: ké\r\n\r\nevent: x\ndata: ${noise}\n\n${completed}`);
    const door = await setUp(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'abc' });
      for (let at = 0; at < sent.length; at += 977) response.write(sent.subarray(at, at + 977));
      response.end();
    });

    const answer = await exchange(door.socketPath, call(door));

    expect(answer.bytes.equals(sent)).toBe(true);
    expect(answer.headers['x-request-id']).toBe('abc');
    expect(await settled(door)).toMatchObject({
      state: 'completed',
      status: 200,
      usage: { inputTokens: 11, cachedInputTokens: 4, outputTokens: 7 },
    });
  });

  it("sends the body unchanged with the real key, and nothing of the workspace's credentials", async () => {
    const seen: { headers: http.IncomingHttpHeaders; body: Buffer; url: string | undefined }[] = [];
    const door = await setUp(
      async (request, response) => {
        seen.push({ headers: request.headers, body: await buffer(request), url: request.url });
        response.end('{}');
      },
      { apiKey: 'sk-real' },
    );
    const odd = `{ "model":"m",\n "input": "emoji 🛒 and  spaces" }`;

    await exchange(door.socketPath, {
      ...call(door, odd),
      headers: { cookie: 'a=b', 'x-codex-turn': 'kept', 'proxy-authorization': 'Bearer zzz' },
    });

    expect(seen[0]?.body.toString()).toBe(odd);
    expect(seen[0]?.url).toBe('/v1/responses');
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer sk-real', 'x-codex-turn': 'kept' });
    expect(JSON.stringify(seen[0]?.headers)).not.toContain(door.token);
    expect(seen[0]?.headers).not.toHaveProperty('cookie');
    expect(seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('writes the call down before it forwards it', async () => {
    let callsAtUpstream = -1;
    const door = await setUp((_request, response) => {
      callsAtUpstream = door.ledger.calls.length;
      response.end('{}');
    });

    await exchange(door.socketPath, call(door));

    expect(callsAtUpstream).toBe(1);
  });

  it.each([
    ['values by the million', '{"model":"m","tools":[' + '0,'.repeat(1_000_000) + '0]}', 'malformed-call', 'more than 500000 values'],
    ['tools that are none', '{"model":"m","tools":[' + '0,'.repeat(400_000) + '0]}', 'model-call-not-allowed', 'no list of at most 1000'],
    ['a body over the limit', `{"model":"m","input":"${'x'.repeat(32 * 1024 * 1024)}"}`, 'body-too-large', 'over the limit'],
  ])('refuses %s in a short line, and goes on', async (_what, text, code, why) => {
    const door = await setUp((_request, response) => void response.end('{}'));

    const refused = await exchange(door.socketPath, call(door, text));
    const next = await exchange(door.socketPath, call(door));

    expect(refused.status).toBe(400);
    expect(refused.json()).toMatchObject({ error: { code, message: expect.stringContaining(why) } });
    expect(refused.bytes.length).toBeLessThan(400);
    expect(next.status).toBe(200);
    expect(door.ledger.calls).toHaveLength(1);
  });

  it('holds no body in memory for longer than it is needed', async () => {
    const door = await setUp((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': ');
    });
    // Of no announced length: each takes all the room that its workspace has.
    const unannounced = (text: string) => ({ ...call(door, text), headers: { 'transfer-encoding': 'chunked' } });
    const large = JSON.stringify({ model: 'm', input: 'x'.repeat(20 * 1024 * 1024) });

    const refused = await exchange(door.socketPath, unannounced(large.slice(0, -1)));
    const answers = [await open(door.socketPath, unannounced(large)), await open(door.socketPath, unannounced(large))];

    expect(refused.status).toBe(400);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });

  it('makes no call that it cannot write down', async () => {
    let reached = false;
    const door = await setUp((_request, response) => {
      reached = true;
      response.end('{}');
    });
    door.ledger.open = () => Promise.reject(new Error('database away'));

    const answer = await exchange(door.socketPath, call(door));

    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ error: { code: 'ledger-unavailable', type: 'server_error' } });
    expect(reached).toBe(false);
  });

  it('reserves the bound of a call before it makes it, and settles what it was', async () => {
    const door = await setUp((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(completed);
    });
    const text = JSON.stringify({ model: 'm', input: 'x'.repeat(72), max_output_tokens: 70 });

    await exchange(door.socketPath, call(door, text));

    expect(await settled(door)).toMatchObject({ state: 'completed', countedTokens: 18 });
    expect(door.ledger.calls[0]?.bound).toEqual({ inputTokens: Math.ceil(text.length / 2), outputTokens: 70 });
  });

  it('counts what it knows of a call whose answer broke off', async () => {
    const door = await setUp((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('x'.repeat(400), () => response.destroy());
    });

    await expect(exchange(door.socketPath, call(door))).rejects.toThrow(/aborted|hang up|ECONNRESET/);

    expect(await settled(door)).toMatchObject({ state: 'failed', usage: null, countedTokens: Math.ceil(body.length / 2) + 100 });
  });

  it('hands the refusal of a call that its request may not make on, in words, and does not make it', async () => {
    let reached = false;
    const door = await setUp((_request, response) => {
      reached = true;
      response.end('{}');
    });
    const refusal = { status: 400, code: 'budget-exhausted', message: 'used up' };
    door.ledger.open = () => Promise.resolve({ refusal });

    const answer = await exchange(door.socketPath, call(door));

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'budget-exhausted', message: 'used up', type: 'invalid_request_error' } });
    expect(reached).toBe(false);
  });

  it.each([429, 500, 401])('passes status %i on with its body', async (status) => {
    const door = await setUp((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '3' }).end('{"error":{"message":"from upstream"}}');
    });

    const answer = await exchange(door.socketPath, call(door));

    expect(answer).toMatchObject({ status, text: '{"error":{"message":"from upstream"}}' });
    expect(answer.headers['retry-after']).toBe('3');
    expect(await settled(door)).toMatchObject({ state: 'failed', status, error: `http-${status}` });
  });

  it('ends a call whose upstream gives no first byte', async () => {
    const door = await setUp(() => undefined, { timeouts: [5_000, 50, 50] });

    const answer = await exchange(door.socketPath, call(door));

    expect(answer.status).toBe(504);
    expect(answer.json()).toMatchObject({ error: { code: 'upstream-timeout' } });
    expect(await settled(door)).toMatchObject({ state: 'failed', error: 'upstream-timeout', status: null });
  });

  it('cuts an answer that falls silent, so that it never looks whole', async () => {
    const door = await setUp(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('event: response.created\ndata: {}\n\n');
      },
      { timeouts: [5_000, 5_000, 50] },
    );

    await expect(exchange(door.socketPath, call(door))).rejects.toThrow(/aborted|hang up|ECONNRESET/);

    expect(await settled(door)).toMatchObject({ state: 'failed', error: 'upstream-timeout', status: 200 });
  });

  it('says that an upstream is not there', async () => {
    const server = await listen(() => undefined);
    const baseUrl = urlOf(server);
    await new Promise((resolve) => server.close(resolve));
    const upstream = createHttpUpstream({
      name: 'gone',
      baseUrl,
      apiKey: null,
      timeouts: { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000 },
    });
    const door = await startDoor({ upstream });
    cleanups.push(() => door.close());

    const answer = await exchange(door.socketPath, call(door));

    expect(answer.status).toBe(502);
    expect(answer.json()).toMatchObject({ error: { code: 'upstream-unreachable' } });
  });

  it('makes a call anew whose kept connection the upstream closed at that moment', async () => {
    const used = new WeakSet<Socket>();
    let cut = 0;
    const door = await setUp((request, response) => {
      if (used.has(request.socket)) {
        cut += 1;
        return request.socket.destroy();
      }
      used.add(request.socket);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(completed);
    });
    const statuses = new Set<number>();

    while (cut === 0) statuses.add((await exchange(door.socketPath, call(door))).status);

    expect([...statuses]).toEqual([200]);
  });

  it('stops the upstream when the workspace hangs up', async () => {
    let closed: (value: boolean) => void = () => undefined;
    const upstreamClosed = new Promise<boolean>((resolve) => (closed = resolve));
    const door = await setUp((_request, response) => {
      response.on('close', () => closed(true));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {}\n\n');
    });
    const response: IncomingMessage = await open(door.socketPath, call(door));

    response.destroy();

    expect(await upstreamClosed).toBe(true);
    expect(await settled(door)).toMatchObject({ state: 'aborted', error: 'client-aborted' });
  });

  it('charges the whole bound of a call that the workspace gives up before the answer, so that hanging up is no way around', async () => {
    let arrived: () => void = () => undefined;
    const atUpstream = new Promise<void>((resolve) => (arrived = resolve));
    const door = await setUp(() => arrived());
    const agent = http.request({ ...call(door), socketPath: door.socketPath, headers: { authorization: `Bearer ${door.token}` } });
    agent.on('error', () => undefined).end(body);
    await atUpstream;

    agent.destroy();

    const ended = await settled(door);
    expect(ended).toMatchObject({ state: 'aborted', status: null, countedTokens: Math.ceil(body.length / 2) + 32_000 });
    expect(ended).not.toHaveProperty('isSent');
  });

  it('counts a call as complete whose reader leaves after the last event', async () => {
    const door = await setUp((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(completed);
    });
    const response: IncomingMessage = await open(door.socketPath, call(door));
    await new Promise((resolve) => response.once('data', resolve));

    response.destroy();

    expect(await settled(door)).toMatchObject({ state: 'completed', usage: { outputTokens: 7 } });
  });

  it('reads no faster than the workspace', async () => {
    const total = 64 * 1024 * 1024;
    let written = 0;
    const door = await setUp((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const block = Buffer.alloc(1024 * 1024, 'x');
      const fill = () => {
        while (written < total) {
          written += block.length;
          if (!response.write(block)) return void response.once('drain', fill);
        }
        response.end();
      };
      fill();
    });

    const response = await open(door.socketPath, call(door));
    await sleep(300);
    const whilePaused = written;
    const bytes = await buffer(response);

    expect(whilePaused).toBeLessThan(total / 2);
    expect(bytes.length).toBe(total);
  });

  it('refuses a model that is not on the list, and any model to checks', async () => {
    const door = await setUp((_request, response) => void response.end('{}'), { allowlist: ['good'] });

    const other = await exchange(door.socketPath, call(door));
    Object.assign(door.resolver.rows[0] ?? {}, { modelAllowed: false });
    const checks = await exchange(door.socketPath, call(door, '{"model":"good","input":[]}'));

    expect([other.status, checks.status]).toEqual([400, 400]);
    expect(other.json()).toMatchObject({ error: { code: 'model-not-allowed', message: expect.stringContaining('good') } });
    expect(checks.json()).toMatchObject({ error: { code: 'model-not-allowed' } });
    expect(door.ledger.calls).toEqual([]);
  });

  it('keeps fifty streams apart', async () => {
    const door = await setUp(async (request, response) => {
      const { input } = JSON.parse((await buffer(request)).toString()) as { input: string };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let part = 0; part < 20; part += 1) {
        response.write(`data: ${input}-${part}\n\n`);
        await sleep(5);
      }
      response.end(completed);
    });
    const names = Array.from({ length: 50 }, (_, index) => `stream${index}`);

    const answers = await Promise.all(names.map((input) => exchange(door.socketPath, call(door, JSON.stringify({ model: 'm', input })))));
    await door.llm.drain();

    answers.forEach((answer, index) => {
      const expected = Array.from({ length: 20 }, (_, part) => `data: stream${index}-${part}\n\n`).join('') + completed;
      expect(answer.text).toBe(expected);
    });
    expect(door.ledger.calls.filter((one) => one.settlement?.state === 'completed')).toHaveLength(50);
  });
});
