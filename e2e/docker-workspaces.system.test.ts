import { mkdtempSync, rmSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { containerName, installationOf } from '../workspace/provisioners/docker/names.ts';
import { describeProvisioner } from '../workspace/workspace.contract.ts';
import { imageCacheDir, startDocker } from './servers/docker.ts';

const secondProcess = join(import.meta.dirname, '..', 'workspace', 'testing', 'attach.ts');
const docker = await startDocker();

afterAll(() => docker.close());

describeProvisioner(
  'docker',
  (door) => {
    const folder = mkdtempSync(join(tmpdir(), 'af-docker-'));
    const settings = { workspacesDir: join(folder, 'workspaces'), cacheDir: join(folder, 'cache'), doorSocket: door.socketPath };
    const logger = createLogger('test', { silent: true });
    const provisioner = createDockerProvisioner({ ...settings, daemon: docker.daemon, imageCacheDir, image: undefined, cpus: 2, logger });
    const installation = installationOf(settings.workspacesDir);
    return {
      provisioner,
      settings: { ...settings, docker: { host: docker.host, imageCacheDir } },
      shortenEvents: (id) => truncate(join(settings.workspacesDir, id, 'private', 'events.jsonl'), 10),
      killPlace: (id) => docker.daemon.docker.getContainer(containerName(installation, id)).kill(),
      enforcesLimits: true,
      async close() {
        for (const id of await provisioner.list()) await provisioner.destroy(id);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  secondProcess,
);
