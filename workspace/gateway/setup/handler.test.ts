import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../../config/logger.ts';
import { exchange, type Answer } from '../testing/client.ts';
import { startDoor, type TestDoor } from '../testing/harness.ts';
import { memoryLogger } from '../testing/memory.ts';
import { createSetupRoute } from './handler.ts';
import { createSnapshotStore } from './store.ts';

const key = 'a'.repeat(64);
const other = 'b'.repeat(64);
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'af-setup-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

interface Asked {
  method: 'GET' | 'PUT' | 'DELETE' | 'POST';
  body?: string;
  path?: string;
  /** What the run token says; null: nothing. */
  says?: string | null;
  projectId?: string | null;
  hasCalledModel?: boolean;
}

/** A door over the folder of this test. */
function open(
  says: Asked['says'],
  options: Pick<Asked, 'projectId' | 'hasCalledModel'> = {},
  logger: Logger = memoryLogger(),
): Promise<TestDoor> {
  const setup = createSetupRoute({
    store: createSnapshotStore({ dir, maxBytes: 1_000, maxTotalBytes: 10_000, logger }),
    projectOf: async () => (options.projectId === undefined ? 'p1' : options.projectId),
    hasCalledModel: async () => options.hasCalledModel ?? false,
    logger,
  });
  return startDoor({ routes: { setup }, ...(says ? { setupKey: says } : {}) });
}

/** One call through a door of its own. */
async function ask({ method, body, path = `/setup/snapshots/${key}`, says = key, ...options }: Asked): Promise<Answer> {
  const door = await open(says, options);
  try {
    return await exchange(door.socketPath, { method, path, token: door.token, ...(body === undefined ? {} : { body }) });
  } finally {
    await door.close();
  }
}

describe('the snapshot of a setup at the door', () => {
  it('is kept once, and given to every workspace of the project with the key', async () => {
    const none = await ask({ method: 'GET' });
    const kept = await ask({ method: 'PUT', body: 'content' });
    const again = await ask({ method: 'PUT', body: 'other' });
    const given = await ask({ method: 'GET', says: key });

    expect(none).toMatchObject({ status: 404 });
    expect([kept.status, again.status]).toEqual([201, 200]);
    expect(given).toMatchObject({ status: 200, text: 'content' });
    expect(given.headers['content-length']).toBe('7');
  });

  it('that its sender broke off is not kept', async () => {
    const logger = memoryLogger();
    const door = await open(key, {}, logger);
    const headers = { authorization: `Bearer ${door.token}` };
    const upload = request({ socketPath: door.socketPath, method: 'PUT', path: `/setup/snapshots/${key}`, headers });
    upload.on('error', () => undefined);
    upload.write('half of it');
    while (!(await readdir(dir, { recursive: true })).some((name) => name.endsWith('.tmp'))) await sleep(20);

    upload.destroy();
    while (!JSON.stringify(logger.lines).includes('was not kept')) await sleep(20);
    await door.close();

    expect((await ask({ method: 'GET' })).status).toBe(404);
    expect(await readdir(join(dir, 'default', 'p1'))).toEqual([]);
  });

  it('is not given to a place that begins with the work of an agent', async () => {
    await ask({ method: 'PUT', body: 'content' });

    const answer = await ask({ method: 'GET', says: null });

    expect(answer.status).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'setup-snapshot-foreign' });
  });

  it('is not seen by another project', async () => {
    await ask({ method: 'PUT', body: 'content' });

    expect((await ask({ method: 'GET', projectId: 'p2' })).status).toBe(404);
  });

  it.each<[string, Asked, number, string]>([
    ['under another key than the token’s', { method: 'PUT', body: 'x', says: other }, 403, 'setup-snapshot-foreign'],
    ['by a place that begins with the work of an agent', { method: 'PUT', body: 'x', says: null }, 403, 'setup-snapshot-foreign'],
    ['after the agent had a word', { method: 'PUT', body: 'x', hasCalledModel: true }, 409, 'setup-snapshot-late'],
    ['for a project that is gone', { method: 'PUT', body: 'x', projectId: null }, 409, 'project-unknown'],
    ['by another method', { method: 'POST', body: 'x' }, 404, 'unknown-route'],
  ])('is not kept %s', async (_, asked, status, code) => {
    const answer = await ask(asked);

    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject({ code });
    expect((await ask({ method: 'GET' })).status).toBe(404);
  });

  it.each<[string, Partial<Asked>]>([
    ['under another key', { says: other }],
    ['by a place that begins with the work of an agent', { says: null }],
    ['after the agent had a word', { hasCalledModel: true }],
  ])('is not thrown away %s', async (_, asked) => {
    await ask({ method: 'PUT', body: 'content' });

    const answer = await ask({ method: 'DELETE', ...asked });

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect((await ask({ method: 'GET' })).text).toBe('content');
  });

  it('is thrown away where it is broken, and kept anew', async () => {
    await ask({ method: 'PUT', body: 'broken' });

    const thrown = await ask({ method: 'DELETE' });
    const kept = await ask({ method: 'PUT', body: 'whole' });

    expect([thrown.status, kept.status]).toEqual([204, 201]);
    expect((await ask({ method: 'GET' })).text).toBe('whole');
  });

  it('is not to be had by a way around the key', async () => {
    await ask({ method: 'PUT', body: 'content' });

    for (const path of ['/setup/snapshots/', `/setup/snapshots/${key}/`, `/setup/snapshots/../snapshots/${other}`, '/setup/other'])
      expect((await ask({ method: 'GET', path })).status).toBeGreaterThanOrEqual(400);
  });
});
