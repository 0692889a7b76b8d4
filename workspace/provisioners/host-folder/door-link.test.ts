import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import http, { type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenOnSocket, stopServer } from '../../gateway/listen.ts';
import { maxSocketPathBytes, statePaths } from '../../../config/paths.ts';
import { createDoorKeeper, doorFolder, doorLink } from './door-link.ts';

let folder: string;
let servers: Server[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'af-door-'));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) await stopServer(server, 0);
  await rm(folder, { recursive: true, force: true });
});

const socketOf = (gateway: string) => join(folder, 'sockets', `${gateway}.sock`);

/** A gateway that answers with its name. */
async function start(name: string): Promise<Server> {
  const server = http.createServer((_request, response) => response.end(name));
  await listenOnSocket(server, socketOf(name.replace(/ .*/, '')));
  servers.push(server);
  return server;
}

/** Whom a workspace reaches by its door; null for nobody. */
function reached(workspace: string): Promise<string | null> {
  const socketPath = doorLink(socketOf('configured'), workspace);
  return new Promise((resolve) => {
    const call = http.get({ socketPath, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    call.on('error', () => resolve(null));
  });
}

async function untilReached(workspace: string, name: string): Promise<void> {
  while ((await reached(workspace)) !== name) await sleep(20);
}

async function makeWorkspace(name: string): Promise<string> {
  const workspace = join(folder, 'workspaces', name);
  await mkdir(workspace, { recursive: true });
  return workspace;
}

describe('the door of a workspace', () => {
  it('is the configured gateway’s, also after that was started again', async () => {
    const first = await start('configured');
    const workspace = await makeWorkspace('w');
    const doors = createDoorKeeper(socketOf('configured'));
    doors.keep(workspace);
    const before = await reached(workspace);

    await stopServer(first, 0);
    await start('configured again');
    await untilReached(workspace, 'configured again');

    expect(before).toBe('configured');
    doors.drop(workspace);
  });

  it('is that of the gateway that serves it, and of another one from when that does', async () => {
    await start('configured');
    await start('a');
    await start('b');
    const [one, other] = [await makeWorkspace('one'), await makeWorkspace('other')];
    const chosen = new Map([
      ['one', 'a'],
      ['other', 'b'],
    ]);
    const doors = createDoorKeeper(socketOf('configured'), (workspaceId) => socketOf(chosen.get(workspaceId) ?? 'configured'));
    doors.keep(one);
    doors.keep(other);
    const before = [await reached(one), await reached(other)];

    chosen.set('one', 'b');
    await untilReached(one, 'b');

    expect(before).toEqual(['a', 'b']);
    expect(await reached(other)).toBe('b');
    for (const workspace of [one, other]) doors.drop(workspace);
  });

  it('stays as it is while the gateway that serves it has no socket', async () => {
    await start('a');
    const workspace = await makeWorkspace('w');
    let chosen = 'a';
    const doors = createDoorKeeper(socketOf('configured'), () => socketOf(chosen));
    doors.keep(workspace);

    chosen = 'starting';
    doors.keep(workspace);
    const meanwhile = await reached(workspace);
    await start('starting');
    await untilReached(workspace, 'starting');

    expect(meanwhile).toBe('a');
    doors.drop(workspace);
  });

  it('is open again when its gateway, just started, shuts a socket that was linked already', async () => {
    await start('configured');
    const workspace = await makeWorkspace('w');
    const doors = createDoorKeeper(socketOf('configured'));
    doors.keep(workspace);

    await chmod(socketOf('configured'), 0o600);

    const mode = async () => (await stat(doorLink(socketOf('configured'), workspace))).mode & 0o777;
    while ((await mode()) !== 0o666) await sleep(20);
    doors.drop(workspace);
  });

  it('is all that its folder holds, and goes with it', async () => {
    await start('a');
    const workspace = await makeWorkspace('w');
    const link = doorFolder(socketOf('configured'), workspace);
    const doors = createDoorKeeper(socketOf('configured'), () => socketOf('a'));

    doors.keep(workspace);
    const held = await readdir(link);
    doors.drop(workspace);

    expect(held).toEqual(['door.sock']);
    expect(existsSync(link)).toBe(false);
  });

  it('has a path that is none too long for a socket, however long that of the state folder is', () => {
    const roots = Array.from({ length: maxSocketPathBytes }, (_, index) => `/${'x'.repeat(index + 1)}`);

    const lengths = roots.map((root) => {
      const paths = statePaths(root);
      return Buffer.byteLength(doorLink(paths.socketsOf('local').door, paths.workspace('local', 'w')));
    });

    expect(Math.max(...lengths)).toBeLessThanOrEqual(maxSocketPathBytes);
  });
});
