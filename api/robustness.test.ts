import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { unwrap } from './client/index.ts';
import { operations } from './operations/index.ts';
import { openHarness, type Harness } from './testing/harness.ts';

let harness: Harness;
let requestId: string;
beforeAll(async () => {
  harness = await openHarness();
  await unwrap(harness.api.POST('/api/projects', { body: { name: 'app', repositoryUrl: '/repo' } }));
  ({ requestId } = await unwrap(harness.api.POST('/api/requests', { body: { project: 'app', prompt: 'hold' } })));
});
afterAll(() => harness.close());

const oddValues = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  '99999999999999999999',
  'NaN',
  '%00',
  '%F0%9F%98%80',
  "'; drop table x",
  '%ED%A0%80',
  'a,b,,',
  '..%2F..',
];
const oddCursors = [
  'x',
  'W10',
  encode(['999999999999999999', 'a']),
  encode(['-999999999999999999', 'a']),
  encode(['1', 'a\0b']),
  encode([1, 2]),
];
const oddBodies: [string, string | Uint8Array][] = [
  ['application/json', ''],
  ['application/json', 'null'],
  ['application/json', '5'],
  ['application/json', '"text"'],
  ['application/json', '[[[['],
  ['application/json', '{"__proto__": {"x": 1}, "constructor": 1}'],
  ['application/json', '{"project": {"$ne": 1}, "prompt": [], "text": {}, "vote": null, "settings": 1, "name": {}}'],
  ['application/json', '{"project": "app", "prompt": "a\\u0000b", "text": "\\ud800", "name": "x\\u0000", "repositoryUrl": "/repo"}'],
  [
    'application/json',
    '{"name": "n", "repositoryUrl": "/repo", "settings": {"wallClockMs": 1e308, "gates": {"patch": {"required": 1.5}}}}',
  ],
  ['application/json; charset=latin-9', '{}'],
  ['text/plain', 'x'],
  ['application/json', new Uint8Array([0xff, 0xfe, 0x00])],
];

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function queryKeys(id: string): string[] {
  const query = operations.find((operation) => operation.id === id)?.query;
  return query instanceof z.ZodObject ? Object.keys(query.shape) : [];
}

/** Calls an operation oddly; a stream that begins is cut at once. */
async function statusOf(path: string, init: RequestInit): Promise<number> {
  const response = await harness.fetch(path, init);
  if (response.status >= 400)
    expect([path, response.headers.get('content-type')]).toEqual([path, 'application/problem+json; charset=utf-8']);
  await response.body?.cancel();
  return response.status;
}

describe('malformed input', () => {
  it.each(operations.map(({ id, method, path }) => [id, method, path] as const))('never ends in a 5xx: %s', async (id, method, path) => {
    const failures: string[] = [];
    const note = async (where: string, init: RequestInit) => {
      const status = await statusOf(where, { method: method.toUpperCase(), ...init });
      if (status >= 500) failures.push(`${status} ${where} ${String(init.body ?? '')}`);
    };
    for (const odd of oddValues) {
      const at = path.replace(/:\w+/g, odd === '' ? 'x' : odd);
      await note(at, {});
      if (method === 'get') {
        const queries = queryKeys(id).map((name) => `${name}=${odd}`);
        for (const query of queries) await note(`${path.replace(/:\w+/g, requestId)}?${query}`, {});
      }
    }
    if (method === 'get') for (const cursor of oddCursors) await note(`${path.replace(/:\w+/g, requestId)}?cursor=${cursor}`, {});
    else {
      for (const [type, body] of oddBodies)
        await note(path.replace(/:\w+/g, requestId), { headers: { 'content-type': type }, body: body as string });
      const key = 'k'.repeat(201);
      await note(path.replace(/:\w+/g, uuid()), { headers: { 'content-type': 'application/json', 'idempotency-key': key }, body: '{}' });
    }

    expect(failures).toEqual([]);
  });

  it('refuses a body over the limit and a broken percent escape', async () => {
    const headers = { 'content-type': 'application/json' };
    const big = await harness.fetch('/api/requests', { method: 'POST', headers, body: `{"prompt":"${'x'.repeat(9 * 1024 * 1024)}"}` });
    const broken = await harness.fetch('/api/requests/%E0%A4%A');

    expect(await big.json()).toMatchObject({ code: 'body-too-large', status: 413 });
    expect(await broken.json()).toMatchObject({ code: 'malformed-url', status: 400 });
  });
});
