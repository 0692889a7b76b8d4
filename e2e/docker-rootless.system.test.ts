import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { findCodex } from '../workspace/executors/codex/binary.ts';
import { ensureImage } from '../workspace/image/ensure.ts';
import { createLogger } from '../config/logger.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { openDaemon } from '../workspace/provisioners/docker/client.ts';
import { imageCacheDir, startDocker } from './servers/docker.ts';
import type { DockerServer } from './servers/docker.ts';
import { startRootlessDocker } from './servers/rootless-docker.ts';
import type { RootlessDocker } from './servers/rootless-docker.ts';

// @rooms workspace/provisioners/docker

const turnsScript = join(import.meta.dirname, 'harness', 'rootless-turns.ts');

interface Told {
  uid: number;
  usable: boolean;
  message: string;
  holds: Record<string, string>;
  turns: { text: string; end: { status: string; reason: string | null; tipCommit: string | null }; place: string }[];
  left: { workspaces: string[]; containers: number };
}

let docker: DockerServer;
let rootless: RootlessDocker;

beforeAll(async () => {
  docker = await startDocker();
  const nothing = (): void => undefined;
  const image = await ensureImage({
    ...{ docker: docker.daemon.docker, configured: undefined, cacheDir: imageCacheDir, nodePath: process.execPath, codex: findCodex() },
    ...{ onBegin: nothing, onStep: nothing },
  });
  rootless = await startRootlessDocker(docker, image);
}, 900_000);

afterAll(async () => {
  await rootless?.close();
  await docker?.close();
}, 120_000);

async function turns(...commands: string[]): Promise<Told> {
  const [command = '', ...args] = rootless.asUser([process.execPath, turnsScript, rootless.host, rootless.home, ...commands]);
  const { stdout } = await execa(command, args, { cwd: '/', stdin: 'ignore' });
  return JSON.parse(stdout) as Told;
}

describe('a rootless Docker daemon', () => {
  it('holds workspaces of its own user, whose limits the watchdog keeps, and nothing is left of them', async () => {
    const told = await turns(
      'id -u; cat a.txt; touch /usr/mine 2>/dev/null || echo read-only; echo done > done.txt',
      'exec python3 -c "import time; kept = bytearray(600 * 1024 * 1024); time.sleep(60)"',
      'for i in $(seq 160); do sleep 60 & done; sleep 60',
      'head -c 400000000 /dev/zero > big.bin; sleep 60',
    );

    expect(told).toMatchObject({ usable: true, holds: { isolation: expect.stringContaining('rootless Docker') } });
    expect(told.uid).not.toBe(0);
    expect(told.turns[0]).toMatchObject({
      text: '1000\naread-only\n',
      end: { status: 'completed', tipCommit: expect.stringMatching(/^[0-9a-f]{40}$/) },
    });
    expect(told.turns.slice(1)).toMatchObject(
      ['agent-memory', 'agent-processes', 'agent-disk'].map((reason) => ({ end: { status: 'failed', reason }, place: 'running' })),
    );
    expect(told.left).toEqual({ workspaces: [], containers: 0 });
  });

  it('is refused by name to an AstraForge that runs as root: its files would be those of somebody else', async () => {
    const provisioner = createDockerProvisioner({
      ...{
        daemon: openDaemon({ host: rootless.host }),
        workspacesDir: join(rootless.home, 'of-root'),
        cacheDir: join(rootless.home, 'cache-of-root'),
      },
      ...{ imageCacheDir, image: undefined, cpus: 1, doorSocket: join(rootless.home, 'door.sock') },
      logger: createLogger('test', { silent: true }),
    });

    expect(await provisioner.probe()).toMatchObject({
      usable: false,
      message: expect.stringMatching(/is rootless and AstraForge runs as root; start AstraForge as the user of that daemon/),
    });
  });
});
