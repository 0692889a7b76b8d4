import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { createLogger } from '../config/logger.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { installationOf, ownedBy } from '../workspace/provisioners/docker/names.ts';
import { describeServices } from '../workspace/services.contract.ts';
import { makeServiceImages } from './harness/service-images.ts';
import { imageCacheDir, startDocker } from './servers/docker.ts';

// @rooms workspace/provisioners/docker

describeServices('docker', async (door) => {
  const docker = await startDocker();
  const folder = mkdtempSync(join(tmpdir(), 'af-services-'));
  const workspacesDir = join(folder, 'containers');
  const open = () =>
    createDockerProvisioner({
      daemon: docker.daemon,
      workspacesDir,
      cacheDir: join(folder, 'cache'),
      runsDir: dirname(door.repository),
      imageCacheDir,
      doorSocket: door.socketPath,
      image: undefined,
      cpus: 1,
      logger: createLogger('test', { silent: true }),
    });
  // Makes the image that the others are built on, where the daemon lacks it.
  expect(await open().probe()).toMatchObject({ usable: true });
  const hostServer = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => hostServer.listen(0, resolve));
  const address = hostServer.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family }) => family === 'IPv4'));
  return {
    open,
    images: await makeServiceImages(docker.daemon.docker, '1000:1000'),
    targets: [...own.map((entry) => `${entry.address}:${port}`), '169.254.169.254:80', '1.1.1.1:443'],
    networks: [],
    async places() {
      const found = await docker.daemon.docker.listContainers({ all: true, filters: ownedBy(installationOf(workspacesDir)) });
      return found.map(({ Id }) => Id).sort();
    },
    async close() {
      hostServer.close();
      rmSync(folder, { recursive: true, force: true });
      await docker.close();
    },
  };
});
