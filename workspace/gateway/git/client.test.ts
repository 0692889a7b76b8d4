import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { createLogger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { createGitClient } from './client.ts';
import { describeGitService } from './git-service.contract.ts';
import type { GitService } from './port.ts';
import { createGitServiceRoutes } from './service-routes.ts';
import { createGitService } from './service.ts';
import { makeFolder } from './testing.ts';

const logger = createLogger('test', { silent: true });

async function listen(service: GitService, socket: string): Promise<Server> {
  const routes = createGitServiceRoutes({ service, serviceKey: 'a key', logger });
  const server = createServer((incoming, response) => {
    void routes(incoming, response).then((served) => served || response.writeHead(418).end());
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}

/** A client of the gateways on these sockets, asked in this order. */
function clientOf(...sockets: string[]): GitService {
  return createGitClient({ serviceUrls: () => Promise.resolve(sockets.map((socket) => `unix:${socket}`)), serviceKey: 'a key' });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

describeGitService('client over a Unix socket', async (setup) => {
  const socket = join(setup.folder, 's.sock');
  const server = await listen(createGitService(setup), socket);
  return { service: clientOf(socket), close: () => stop(server) };
});

describe('the service over HTTP', () => {
  const folder = makeFolder();
  const socket = join(folder.path, 's.sock');
  let server: Server;

  beforeAll(async () => {
    const service: Partial<GitService> = {
      inspect: () => Promise.reject(new Error('a secret of the gateway')),
      dropRun: () => Promise.reject(new DomainError('transient', 'busy', 'try again', { details: { since: 1 } })),
    };
    server = await listen(service as GitService, socket);
  });

  afterAll(async () => {
    await stop(server);
    folder.remove();
  });

  function post(
    path: string,
    body: string,
    headers: Record<string, string> = { authorization: 'Bearer a key' },
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: socket, path, method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  it.each([
    ['without the key', '/service/git/inspect', '{}', {}, 401],
    ['with a wrong key', '/service/git/inspect', '{}', { authorization: 'Bearer another' }, 401],
    ['an unknown method', '/service/git/format', '{}', undefined, 404],
    ['a name of every object', '/service/git/constructor', '{}', undefined, 404],
    ['what is no JSON', '/service/git/inspect', '{', undefined, 422],
    ['a missing field', '/service/git/inspect', '{"kind":"git"}', undefined, 422],
    ['a commit that is an option', '/service/git/save', JSON.stringify({ commit: '--all' }), undefined, 422],
    ['a path outside of the service', '/elsewhere', '{}', undefined, 418],
  ])('answers %s', async (_what, path, body, headers, status) => {
    const answer = await post(path, body, headers);

    expect(answer.status).toBe(status);
  });

  it('says nothing of an unexpected error but that there was one', async () => {
    const answer = await post('/service/git/inspect', '{"kind":"git","url":"/x"}');

    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
  });

  it('hands a DomainError over as it was thrown', async () => {
    const client = clientOf(socket);

    const work = client.dropRun('run1');

    await expect(work).rejects.toBeInstanceOf(DomainError);
    await expect(work).rejects.toMatchObject({ kind: 'transient', code: 'busy', message: 'try again', details: { since: 1 } });
  });

  it('says that the gateway is away, which may pass', async () => {
    const client = clientOf(join(folder.path, 'none.sock'));

    const work = client.dropRun('run1');

    await expect(work).rejects.toMatchObject({ kind: 'transient', code: 'gateway-unreachable' });
  });
});

describe('several gateways', () => {
  const folder = makeFolder();
  const [first, second, away] = ['1.sock', '2.sock', 'away.sock'].map((name) => join(folder.path, name)) as [string, string, string];
  const servers: Server[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    const service = (name: string, end: () => Promise<void>): Partial<GitService> => ({ dropRun: () => (asked.push(name), end()) });
    const broken = () => Promise.reject(new DomainError('transient', 'busy', 'try again'));
    servers.push(await listen(service('first', broken) as GitService, first));
    servers.push(await listen(service('second', () => Promise.resolve()) as GitService, second));
  });

  beforeEach(() => void asked.splice(0));

  afterAll(async () => {
    for (const server of servers) await stop(server);
    folder.remove();
  });

  it('are asked in their order until one is there', async () => {
    await clientOf(away, second, first).dropRun('run1');

    expect(asked).toEqual(['second']);
  });

  it('are not asked after one that was reached, however that ends', async () => {
    const work = clientOf(first, second).dropRun('run1');

    await expect(work).rejects.toMatchObject({ code: 'busy' });
    expect(asked).toEqual(['first']);
  });

  it('that are all away are so with the words of the last', async () => {
    const work = clientOf(away, `${away}.2`).dropRun('run1');

    await expect(work).rejects.toMatchObject({
      kind: 'transient',
      code: 'gateway-unreachable',
      message: expect.stringContaining(`${away}.2`) as unknown,
    });
  });

  it('are chosen by the project, whatever is asked about it, and by what is asked where there is none', async () => {
    const keys: string[] = [];
    const client = createGitClient({
      serviceUrls: (key) => (keys.push(key), Promise.resolve([`unix:${away}`])),
      serviceKey: 'a key',
    });
    const project = { tenantId: 't', projectId: 'p' };
    const commit = '0'.repeat(40);
    const calls = [
      client.save({ ...project, runId: 'r', baseCommit: commit, commit }),
      client.diff({ ...project, baseCommit: commit, commit, bundleArtifactId: 'b' }),
      client.prepareRun({ ...project, runId: 'r', source: { kind: 'git', url: '/s' }, baseBranch: 'main', from: null }),
      client.inspect({ kind: 'git', url: '/s' }),
      client.dropRun('r'),
    ];

    await Promise.allSettled(calls);

    expect(keys).toEqual(['t/p', 't/p', 't/p', '/s', 'r']);
  });
});
