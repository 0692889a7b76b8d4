import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDaemon, requireAnswer } from './client.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'af-no-docker-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('openDaemon', () => {
  it('is of this machine by a socket, and of another by TCP', () => {
    expect(openDaemon({ host: 'unix:///run/d.sock' })).toMatchObject({ address: '/run/d.sock', remote: null });
    expect(openDaemon({ host: 'tcp://127.0.0.1:4' })).toMatchObject({ address: '127.0.0.1:4', remote: { host: '127.0.0.1', port: 4 } });
  });

  it('names the certificate that is missing', () => {
    writeFileSync(join(folder, 'ca.pem'), '');

    expect(() => openDaemon({ host: 'tcp://10.0.0.1:2376', certPath: folder })).toThrow(
      expect.objectContaining({
        code: 'docker-certificate',
        message: expect.stringMatching(/\/cert\.pem cannot be read .*correct DOCKER_CERT_PATH/),
      }),
    );
  });

  it('refuses files that are no certificates', () => {
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(join(folder, name), 'words');

    expect(() => openDaemon({ host: 'tcp://10.0.0.1:2376', certPath: folder })).toThrow(
      expect.objectContaining({ code: 'docker-certificate', message: expect.stringContaining('are not a certificate with its key') }),
    );
  });
});

describe('requireAnswer', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ])('asks the daemon at %s itself', async (host, written) => {
    const asked: (string | undefined)[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(request.url);
      response.end('OK');
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;

    await requireAnswer(openDaemon({ host: `tcp://${written}:${port}` }));

    expect(asked).toEqual(['/_ping']);
    server.close();
    server.closeAllConnections();
  });

  it('names the socket where no daemon listens, and what to do', async () => {
    const path = join(folder, 'docker.sock');

    await expect(requireAnswer(openDaemon({ host: `unix://${path}` }))).rejects.toMatchObject({
      code: 'docker-unreachable',
      kind: 'transient',
      message: expect.stringContaining(`${path} does not answer; start it`),
    });
  });

  it('does not wait for one that never answers', async () => {
    const deaf = createServer();
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const { port } = deaf.address() as AddressInfo;

    await expect(requireAnswer(openDaemon({ host: `tcp://127.0.0.1:${port}` }))).rejects.toMatchObject({ code: 'docker-unreachable' });

    deaf.close();
  });
});
