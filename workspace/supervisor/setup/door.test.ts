import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createSetupDoor } from './door.ts';
import type { SetupDoor, SetupDoorLimits } from './door.ts';

const key = 'a'.repeat(64);
const never = 3_600_000;
let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function doorWith(limits: SetupDoorLimits): SetupDoor {
  const { port } = server.address() as AddressInfo;
  return createSetupDoor(`http://127.0.0.1:${port}`, 'key', limits);
}

async function readAll(door: SetupDoor): Promise<string | null> {
  const content = await door.read(key);
  if (content === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const silent: RequestListener = () => undefined;
const half: RequestListener = (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('half');

describe('the door of snapshots', () => {
  it.each<[string, RequestListener, SetupDoorLimits, string]>([
    ['does not answer', silent, { totalMs: never, idleMs: 50 }, 'the gateway sent nothing for 0.05 s'],
    ['stops in the middle', half, { totalMs: never, idleMs: 50 }, 'the gateway sent nothing for 0.05 s'],
    ['does not answer in all the time there is', silent, { totalMs: 50, idleMs: never }, 'the gateway took more than 0.05 s'],
    ['does not end in all the time there is', half, { totalMs: 50, idleMs: never }, 'the gateway took more than 0.05 s'],
  ])('waits no longer for a gateway that %s', async (_, listener, limits, message) => {
    answer = listener;

    await expect(readAll(doorWith(limits))).rejects.toMatchObject({ code: 'setup-snapshot-slow', message });
  });

  it('waits no longer for an upload or a removal that gets no answer', async () => {
    answer = silent;
    const door = doorWith({ totalMs: 50, idleMs: 50 });
    const content = Readable.from([Buffer.from('content')]);

    await expect(door.keep(key, content)).rejects.toMatchObject({ code: 'setup-snapshot-slow' });
    await expect(door.drop(key)).rejects.toMatchObject({ code: 'setup-snapshot-slow' });

    expect(content.destroyed).toBe(true);
  });

  it('gives what there is whole, and nothing where there is none', async () => {
    const door = doorWith({ totalMs: never, idleMs: never });
    answer = (_, response) => void response.end('whole');
    const found = await readAll(door);
    answer = (_, response) => void response.writeHead(404).end();

    expect([found, await readAll(door)]).toEqual(['whole', null]);
  });
});
