import Docker from 'dockerode';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { portAnswers } from './port-answers.ts';

let server: Server;

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** A daemon whose programs end with a code; `during` has the connection of each. */
async function daemonWith(during: (socket: Socket) => void, exitCode = 0): Promise<Docker> {
  server = createServer((request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (request.method === 'POST') response.statusCode = 201;
    response.end(JSON.stringify(request.method === 'POST' ? { Id: 'e' } : { ExitCode: exitCode }));
  });
  server.on('upgrade', (_request, socket: Socket) => {
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    during(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Docker({ protocol: 'http', host: '127.0.0.1', port: (server.address() as AddressInfo).port });
}

describe('portAnswers', () => {
  it.each([
    [true, 0],
    [false, 1],
  ])('is %s where the program that asks ends with %d', async (answers, exitCode) => {
    const docker = await daemonWith((socket) => socket.end('said'), exitCode);

    expect(await portAnswers(docker, 'workspace', 5432)).toBe(answers);
  });

  it('rejects where its connection is reset', async () => {
    const docker = await daemonWith((socket) => void sleep(50).then(() => socket.resetAndDestroy()));

    await expect(portAnswers(docker, 'workspace', 5432)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
