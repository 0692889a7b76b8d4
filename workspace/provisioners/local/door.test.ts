import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../config/logger.ts';
import type { Provisioner } from '../../port.ts';
import { startTestDoor, type TestDoor } from '../../testing/door.ts';
import { nothingSeen, testJob, testTurn, watchTurn } from '../../testing/harness.ts';
import { doorLink } from '../host-folder/door-link.ts';
import { createLocalProvisioner } from './index.ts';

let folder: string;
/** Doors of two gateways that know the same run. */
let one: TestDoor;
let other: TestDoor;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'af-doors-'));
  [one, other] = await Promise.all([startTestDoor(), startTestDoor()]);
  other.runToken = one.runToken;
});

afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
  rmSync(folder, { recursive: true, force: true });
});

function provisionerWith(unsafePlain: boolean, doorSocket: string, chooseDoor?: () => string): Provisioner {
  const logger = createLogger('test', { silent: true });
  const workspacesDir = join(folder, 'workspaces');
  return createLocalProvisioner({ workspacesDir, cacheDir: join(folder, 'cache'), doorSocket, chooseDoor, logger, unsafePlain });
}

const inodeOf = (path: string) => lstatSync(path).ino;

describe.each([
  ['a sandbox', false],
  ['a plain place', true],
])('%s', (_, unsafePlain) => {
  it('is served by the gateway of its moment: what it pushes after another one took over is there', async () => {
    let chosen = one;
    const provisioner = provisionerWith(unsafePlain, one.socketPath, () => chosen.socketPath);
    const executor = { name: 'command' as const, command: 'date +%N >now.txt' };
    const job = testJob(one.commit({ 'README.md': '# sample\n' }), { executor });
    const workspace = await provisioner.create({ job, runToken: one.runToken });
    await workspace.deliver(testTurn('m1', 'x'));
    const first = await watchTurn(workspace, nothingSeen);

    chosen = other;
    const link = doorLink(one.socketPath, join(folder, 'workspaces', job.workspaceId));
    while (inodeOf(link) !== inodeOf(other.socketPath)) await sleep(20);
    await workspace.deliver(testTurn('m2', 'x'));
    const second = await watchTurn(workspace, { events: [], offset: first.seen.offset });
    await provisioner.destroy(job.workspaceId);

    const holders = (tip: string | null) =>
      [one, other].map((door) => door.git('cat-file', '--batch-check', '--batch-all-objects').includes(tip ?? 'none'));
    expect(holders(first.end.tipCommit)).toEqual([true, false]);
    expect(holders(second.end.tipCommit)).toEqual([false, true]);
  });
});

describe('a plain place', () => {
  it('is refused by name where its link to the gateway is longer than a socket’s path may be, and nothing is left', async () => {
    const provisioner = provisionerWith(true, join(folder, 'x'.repeat(80), 'door.sock'));

    const attempt = provisioner.create({ job: testJob('0'.repeat(40)), runToken: 't' });

    await expect(attempt).rejects.toMatchObject({ code: 'socket-path-long', message: expect.stringContaining('GATEWAY_DOOR_SOCKET') });
    expect(await provisioner.list()).toEqual([]);
  });
});
