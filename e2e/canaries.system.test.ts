import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { statePaths } from '../config/paths.ts';
import { imageRecipe, repository as imageRepository } from '../workspace/image/recipe.ts';
import { installationOf, ownedBy } from '../workspace/provisioners/docker/names.ts';
import { hitsIn, hitsInStream } from './harness/canaries.ts';
import { describeCanaries } from './harness/canaries.contract.ts';
import { startDocker, type DockerServer } from './servers/docker.ts';

let docker: DockerServer;

beforeAll(async () => {
  docker = await startDocker();
}, 300_000);

afterAll(() => docker.close(), 120_000);

describeCanaries(
  'local',
  () => ({ PROVISIONER: 'local' }),
  () => undefined,
);

describeCanaries(
  'docker',
  () => ({ PROVISIONER: 'docker', DOCKER_HOST: docker.host }),
  (after) => {
    it('nor in what the daemon keeps: containers, their logs, the image and its layers', async () => {
      const { system, canaries } = after();
      const { docker: client } = docker.daemon;
      const installation = installationOf(join(statePaths(system.stateDir).host('local'), 'containers'));
      const containers = (await client.listContainers({ all: true, filters: ownedBy(installation) })).map(({ Id }) =>
        client.getContainer(Id),
      );
      const image = client.getImage(`${imageRepository}:${imageRecipe().hash}`);
      const inspected = [await image.inspect(), ...(await Promise.all(containers.map((found) => found.inspect())))];
      const logs = await Promise.all(containers.map((found) => found.logs({ stdout: true, stderr: true })));
      const layers = await hitsInStream(canaries, (await image.get()) as unknown as AsyncIterable<Buffer>);

      expect(containers.length).toBeGreaterThan(0);
      expect(hitsIn(canaries, JSON.stringify([inspected, await image.history(), logs.map(String)]))).toEqual([]);
      expect(layers.hits).toEqual([]);
      expect(layers.bytes).toBeGreaterThan(100_000_000);
    });
  },
);
