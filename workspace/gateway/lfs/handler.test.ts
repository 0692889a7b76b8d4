import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RepositorySource } from '../git/port.ts';
import { makeFolder, makeRepository } from '../git/testing.ts';
import { exchange } from '../testing/client.ts';
import { startDoor } from '../testing/harness.ts';
import type { TestDoor } from '../testing/harness.ts';
import { memoryLogger } from '../testing/memory.ts';
import { createLfsRoute } from './handler.ts';

const content = randomBytes(200_000);
const there = { oid: createHash('sha256').update(content).digest('hex'), size: content.length };
const gone = { oid: 'f'.repeat(64), size: 10 };
const batchPath = '/git/run.git/info/lfs/objects/batch';

interface BatchObject {
  oid: string;
  actions?: { download: { href: string } };
  error?: { code: number; message: string };
}

describe('git LFS through the door', () => {
  let folder: ReturnType<typeof makeFolder>;
  let door: TestDoor;
  let source: RepositorySource | null;
  let server: Server | null;

  beforeEach(async () => {
    folder = makeFolder();
    server = null;
    const repository = makeRepository(join(folder.path, 'source'));
    const path = join(repository.path, '.git', 'lfs', 'objects', there.oid.slice(0, 2), there.oid.slice(2, 4), there.oid);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    source = { kind: 'git', url: repository.path };
    const git = createLfsRoute({ source: () => Promise.resolve(source), logger: memoryLogger() });
    door = await startDoor({ routes: { git } });
  });

  afterEach(async () => {
    await door.close();
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
    folder.remove();
  });

  function post(body: unknown, token: string | null = door.token) {
    const headers = { host: '127.0.0.1:8787', 'content-type': 'application/vnd.git-lfs+json' };
    return exchange(door.socketPath, { method: 'POST', path: batchPath, token, headers, body: JSON.stringify(body) });
  }

  async function batch(objects: object[]): Promise<BatchObject[]> {
    const answer = await post({ operation: 'download', objects });
    expect(answer.status).toBe(200);
    return (answer.json() as { objects: BatchObject[] }).objects;
  }

  function fetchObject(object: BatchObject | undefined) {
    const { pathname, host } = new URL(object?.actions?.download.href ?? 'http://none');
    expect(host).toBe('127.0.0.1:8787');
    return exchange(door.socketPath, { path: pathname, token: door.token });
  }

  /** A server that speaks the batch protocol and keeps its objects at `storage`. */
  async function serveLfs(storage: (ownUrl: string) => string): Promise<string> {
    const own = createServer((request, response) => {
      const url = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
      if (request.url === '/team/app.git/info/lfs/objects/batch') {
        response.setHeader('content-type', 'application/vnd.git-lfs+json');
        const actions = { download: { href: storage(url), header: { authorization: 'Bearer of-the-store' } } };
        const missing = { ...gone, error: { code: 404, message: 'not here' } };
        response.end(JSON.stringify({ objects: [{ ...there, actions }, missing] }));
        return;
      }
      const allowed = request.url === '/store/object' && request.headers.authorization === 'Bearer of-the-store';
      response.statusCode = allowed ? 200 : 403;
      response.end(allowed ? content : '');
    });
    server = own;
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(own.address() as AddressInfo).port}/team/app`;
  }

  it('gives the objects of a repository on this machine, and says which one its store lacks and what to do', async () => {
    const [found, missing] = await batch([there, gone]);
    const answer = await fetchObject(found);

    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(content)).toBe(true);
    expect(missing).toMatchObject({ oid: gone.oid, error: { code: 404, message: expect.stringMatching(/does not have.*git lfs push/) } });
    expect(missing?.actions).toBeUndefined();
  });

  it('passes the objects of a forge through, without its address or credential', async () => {
    source = { kind: 'git', url: await serveLfs((url) => `${url}/store/object`) };

    const objects = await batch([there, gone]);
    const answer = await fetchObject(objects[0]);

    expect(answer.bytes.equals(content)).toBe(true);
    expect(objects[1]?.error?.message).toMatch(/does not have.*git lfs push/);
    expect(JSON.stringify(objects)).not.toMatch(/of-the-store|store\/object/);
  });

  it.each(['http://169.254.169.254/latest', 'http://localhost:1/x', 'file:///etc/passwd'])(
    'does not follow a forge to %s',
    async (href) => {
      source = { kind: 'git', url: await serveLfs(() => href) };
      const [found] = await batch([there]);

      const answer = await fetchObject(found);

      expect(answer.status).toBe(502);
      expect(answer.text).toMatch(/not on the public internet/);
    },
  );

  it('is read-only, and knows no other route', async () => {
    const upload = await post({ operation: 'upload', objects: [there] });
    const locks = await exchange(door.socketPath, { method: 'POST', path: '/git/run.git/info/lfs/locks', token: door.token, body: '{}' });
    const put = await exchange(door.socketPath, {
      method: 'PUT',
      path: `/git/run.git/info/lfs/objects/${there.oid}/${there.size}`,
      token: door.token,
      body: 'x',
    });

    expect(upload).toMatchObject({ status: 403, text: expect.stringContaining('read-only') });
    expect([locks.status, put.status]).toEqual([404, 404]);
  });

  it('answers what is no batch, no object, no repository and no token', async () => {
    const odd = [{}, { operation: 'download' }, { operation: 'download', objects: [{ oid: '../../etc/passwd', size: 1 }] }];
    const refused = await Promise.all(odd.map((body) => post(body)));
    const absent = await exchange(door.socketPath, { path: `/git/run.git/info/lfs/objects/${gone.oid}/10`, token: door.token });
    source = null;
    const homeless = await post({ operation: 'download', objects: [there] });
    const stranger = await post({ operation: 'download', objects: [there] }, null);

    expect(refused.map(({ status }) => status)).toEqual([422, 422, 422]);
    expect(absent).toMatchObject({ status: 404, text: expect.stringContaining('git lfs push') });
    expect(homeless).toMatchObject({ status: 404, text: expect.stringContaining('gone') });
    expect(stranger.status).toBe(401);
  });
});
