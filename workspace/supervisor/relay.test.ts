import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRelay } from './relay.ts';
import type { Relay } from './relay.ts';

describe('the relay of a workspace', () => {
  let folder: string;
  let door: Server;
  let relay: Relay;
  let asked: IncomingMessage[];
  let connections: Set<Socket>;
  /** How many connections there were. */
  let opened: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'af-relay-'));
    const doorSocket = join(folder, 'door.sock');
    [asked, connections, opened] = [[], new Set(), 0];
    door = createServer((request, response) => {
      asked.push(request);
      request.resume();
      response.end('answer');
    });
    door.on('connection', (socket) => {
      connections.add(socket);
      opened += 1;
      socket.once('close', () => connections.delete(socket));
    });
    door.listen(doorSocket);
    await once(door, 'listening');
    relay = await startRelay({ port: 0, doorSocket, runToken: 'token', supervisorKey: 'key', model: 'gateway', emit: () => undefined });
  });
  afterEach(async () => {
    await relay.close();
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => door.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  /** What an agent says, to the letter. */
  function say(words: string): Socket {
    const socket = connect(relay.port, '127.0.0.1', () => socket.write(words));
    socket.on('error', () => undefined);
    return socket;
  }

  async function until(holds: () => boolean): Promise<void> {
    for (let tries = 0; !holds(); tries += 1) {
      if (tries === 300) throw new Error(`${connections.size} connections are open, ${asked.length} were asked`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('carries a header %s as any other', async (name) => {
    const answer = await text(say(`GET /git/run.git/x HTTP/1.1\r\nHost: h\r\n${name}: one\r\n${name}: two\r\nConnection: close\r\n\r\n`));

    const given = asked[0]?.rawHeaders ?? [];
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(given.filter((_, at) => given[at - 1] === name)).toEqual(['one', 'two']);
    expect(given[given.indexOf('Authorization') + 1]).toBe('Bearer token');
    await until(() => connections.size === 0);
  });

  it('asks nothing for an agent that hung up while the gateway was away', async () => {
    await new Promise((resolve) => door.close(resolve));
    const call = say('GET /first HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(call, 'connect');
    await new Promise((resolve) => setTimeout(resolve, 200));
    call.destroy();
    await once(call, 'close');

    door.listen(join(folder, 'door.sock'));
    await until(() => opened === 1);
    await text(say('GET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'));

    expect(asked.map(({ url }) => url)).toEqual(['/second']);
    await until(() => connections.size === 0);
  });
});
