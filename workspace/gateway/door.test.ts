import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { dirname } from 'node:path';
import { sendJson } from './http.ts';
import { listenOnSocket, stopServer } from './listen.ts';
import { exchange, tunnel } from './testing/client.ts';
import { startDoor, testKey, type TestDoor } from './testing/harness.ts';
import { issueRunToken } from './token.ts';

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the door', () => {
  let door: TestDoor;

  beforeEach(async () => {
    door = await startDoor();
  });

  afterEach(() => door.close());

  it.each([
    ['no token', null],
    ['a forged token', 'eyJhbGciOiJIUzI1NiJ9.e30.x'],
  ])('refuses %s on every route', async (_case, token) => {
    const paths = ['/git/run.git/info/refs?service=git-upload-pack', '/files/artifacts/a', '/secrets/checks', '/v1/models'];

    const answers = await Promise.all(paths.map((path) => exchange(door.socketPath, { path, token })));

    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 400]);
    expect(await tunnel(door.socketPath, 'example.com:443', token)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    ['idle', { state: 'idle' as const, runId: null }, 'workspace-idle'],
    ['warm', { state: 'warm' as const, runId: null, requestId: null, projectId: 'p1' }, 'workspace-idle'],
    ['ended', { state: 'ended' as const }, 'workspace-unknown'],
    ['without a run', { runId: null }, 'workspace-idle'],
  ])('opens nothing for a workspace that is %s', async (_case, change, code) => {
    Object.assign(door.resolver.rows[0] ?? {}, change);
    const token = await issueRunToken(testKey, { tenantId: 'default', workspaceId: 'run-1-a1' });

    const files = await exchange(door.socketPath, { path: '/files/artifacts/a', token });
    const others = await Promise.all(
      ['/git/run.git/info/refs?service=git-upload-pack', '/secrets/checks', `/setup/snapshots/${'a'.repeat(64)}`].map((path) =>
        exchange(door.socketPath, { path, token }),
      ),
    );
    const model = await exchange(door.socketPath, {
      method: 'POST',
      path: '/v1/responses',
      token,
      body: '{"model":"m","input":[]}',
    });

    expect(files).toMatchObject({ status: 403 });
    expect(files.json()).toMatchObject({ code });
    expect(others.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(await tunnel(door.socketPath, 'example.com:443', token)).toMatch(/^HTTP\/1\.1 403 /);
    expect(model.status).toBe(400);
    expect(model.json()).toMatchObject({ error: { code, type: 'invalid_request_error', param: null } });
    expect(door.ledger.calls).toEqual([]);
  });

  it('gives no model to a workspace that is made before its request', async () => {
    Object.assign(door.resolver.rows[0] ?? {}, { requestId: null, projectId: 'p1', modelAllowed: false });
    const token = await issueRunToken(testKey, { tenantId: 'default', workspaceId: 'run-1-a1' });

    const model = await exchange(door.socketPath, { method: 'POST', path: '/v1/responses', token, body: '{"model":"m","input":[]}' });

    expect(model.json()).toMatchObject({ error: { code: 'model-not-allowed' } });
    expect(door.ledger.calls).toEqual([]);
  });

  it('refuses a token whose request is not that of its workspace', async () => {
    const token = await issueRunToken(testKey, { tenantId: 'default', requestId: 'request-2', workspaceId: 'run-1-a1' });

    const answer = await exchange(door.socketPath, { path: '/files/artifacts/a', token });

    expect(answer.json()).toMatchObject({ code: 'workspace-unknown' });
  });

  it('keeps the gateway free for others when one workspace asks for everything at once', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let inside = 0;
    await door.close();
    door = await startDoor({
      routes: {
        git: async (_request, response) => {
          inside += 1;
          await held;
          response.end();
        },
      },
    });
    const path = '/git/run.git/info/refs?service=git-upload-pack';
    const hanging = Array.from({ length: 4 }, () => exchange(door.socketPath, { path, token: door.token }));
    await until(() => inside === 4);

    const fifth = await exchange(door.socketPath, { path, token: door.token });
    const model = await exchange(door.socketPath, { path: '/v1/models', token: door.token });
    release();
    await Promise.all(hanging);
    const later = await exchange(door.socketPath, { path, token: door.token });

    expect([fifth.status, model.status, later.status]).toEqual([503, 200, 200]);
    expect(fifth.json()).toMatchObject({ code: 'workspace-busy' });
  });

  it('counts work that goes on after its client hung up', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let inside = 0;
    let closed = 0;
    await door.close();
    door = await startDoor({
      routes: {
        git: async (_request, response) => {
          inside += 1;
          response.once('close', () => (closed += 1));
          await held;
          sendJson(response, 200, {});
        },
      },
    });
    const call = { path: '/git/run.git/submodules', token: door.token };
    const hangUp = new AbortController();
    const gone = Array.from({ length: 4 }, () => exchange(door.socketPath, { ...call, signal: hangUp.signal }).catch(() => null));
    await until(() => inside === 4);
    hangUp.abort();
    await until(() => closed === 4);

    const fifth = await exchange(door.socketPath, call);
    release();
    await Promise.all(gone);
    const later = await exchange(door.socketPath, call);

    expect([fifth.status, later.status]).toEqual([503, 200]);
    expect(inside).toBe(5);
  });

  it.each([
    '/',
    '/service/git/inspect',
    '/healthz',
    '/git/other.git/info/refs',
    '/v1/../files/session',
    '/files/%2e%2e/x',
    '//files/session',
    'http://example.com/',
  ])('has no route %s', async (path) => {
    const answer = await exchange(door.socketPath, { path, token: door.token });

    expect([400, 404]).toContain(answer.status);
    expect(answer.json()).toMatchObject({ code: expect.stringMatching(/unknown-route|malformed-target|no-files/) });
  });

  it('answers a malformed call with its reason and makes none', async () => {
    const bodies = ['', 'not json', '{}', '{"model":7}'];

    const answers = await Promise.all(
      bodies.map((body) => exchange(door.socketPath, { method: 'POST', path: '/v1/responses', token: door.token, body })),
    );

    expect(answers.map((answer) => answer.status)).toEqual([400, 400, 400, 400]);
    expect(door.ledger.calls).toEqual([]);
  });

  it('is a private socket', async () => {
    const [socket, folder] = await Promise.all([stat(door.socketPath), stat(dirname(door.socketPath))]);

    expect(socket.mode & 0o777).toBe(0o600);
    expect(folder.mode & 0o777).toBe(0o700);
  });
});

describe('listenOnSocket', () => {
  let door: TestDoor;

  beforeEach(async () => {
    door = await startDoor();
  });

  afterEach(() => door.close());

  it('takes over the path of a gateway that died', async () => {
    await stopServer(door.server, 0);
    await writeFile(door.socketPath, 'stale');

    await door.restart();

    expect(await exchange(door.socketPath, { path: '/', token: door.token })).toMatchObject({ status: 404 });
  });

  it('leaves a path alone that a living gateway answers on', async () => {
    const second = http.createServer();

    await expect(listenOnSocket(second, door.socketPath)).rejects.toMatchObject({ code: 'socket-in-use' });

    expect(await exchange(door.socketPath, { path: '/', token: door.token })).toMatchObject({ status: 404 });
  });
});
