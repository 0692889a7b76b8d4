import { mkdtempSync, rmSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { containerName, installationOf } from '../workspace/provisioners/docker/names.ts';
import { describeEscapes } from '../workspace/escapes.contract.ts';
import type { TestDoor } from '../workspace/testing/door.ts';
import { describeProvisioner } from '../workspace/workspace.contract.ts';
import { imageCacheDir, startDocker } from './servers/docker.ts';

const secondProcess = join(import.meta.dirname, '..', 'workspace', 'testing', 'attach.ts');
const docker = await startDocker();

afterAll(() => docker.close());

/** A provisioner in a folder of its own; `close` destroys what is left. */
function dockerForTest(door: TestDoor, change: { image?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'af-docker-'));
  const settings = {
    workspacesDir: join(folder, 'workspaces'),
    cacheDir: join(folder, 'cache'),
    runsDir: dirname(door.repository),
    doorSocket: door.socketPath,
  };
  const logger = createLogger('test', { silent: true });
  const options = { ...settings, daemon: docker.daemon, imageCacheDir, image: change.image, cpus: 2, logger };
  const provisioner = createDockerProvisioner(options);
  return {
    provisioner,
    folder,
    settings,
    async close() {
      for (const id of await provisioner.list()) await provisioner.destroy(id);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeEscapes('docker', (door) => ({
  ...dockerForTest(door),
  sockets: ['/var/run/docker.sock', '/run/docker.sock', docker.daemon.address],
}));

describeProvisioner(
  'docker',
  (door) => {
    const { provisioner, settings, close } = dockerForTest(door);
    const installation = installationOf(settings.workspacesDir);
    return {
      provisioner,
      settings: { ...settings, docker: { host: docker.host, imageCacheDir } },
      shortenEvents: (id) => truncate(join(settings.workspacesDir, id, 'private', 'events.jsonl'), 10),
      killPlace: (id) => docker.daemon.docker.getContainer(containerName(installation, id)).kill(),
      bringsObjects: true,
      close,
    };
  },
  secondProcess,
);
