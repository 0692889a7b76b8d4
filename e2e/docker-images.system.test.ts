import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { takeLock } from '../config/exclusive-lock.ts';
import { createLogger } from '../config/logger.ts';
import { findCodex } from '../workspace/executors/codex/binary.ts';
import { bootstrapRoot, readRoot } from '../workspace/image/bootstrap.ts';
import { ensureImage, type ImageOptions } from '../workspace/image/ensure.ts';
import type { ImageStep } from '../workspace/image/ladder.ts';
import { baseRepository, imageRecipe, packages, repository } from '../workspace/image/recipe.ts';
import { finished } from '../workspace/image/stream.ts';
import type { Provisioner, StepListener } from '../workspace/port.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { containerName, installationOf, ownedBy } from '../workspace/provisioners/docker/names.ts';
import { inside } from '../workspace/provisioners/host-folder/inside.ts';
import { testJob } from '../workspace/testing/harness.ts';
import { deriveImage } from './harness/images.ts';
import { buildLackingBase } from './harness/lacking-base.ts';
import { imageCacheDir, startDocker, startMirroredDocker, type DockerServer } from './servers/docker.ts';
import { startEmptyRegistry, startRegistry, type Registry } from './servers/registry.ts';

const own = `${repository}:${imageRecipe().hash}`;
const longLimitMs = 15 * 60_000;

let docker: DockerServer;
let folder: string;
let registry: Registry;
let steps: ImageStep[];

beforeAll(async () => {
  docker = await startDocker();
  registry = await startEmptyRegistry();
  folder = mkdtempSync(join(tmpdir(), 'af-images-'));
  await ensure();
}, longLimitMs);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await registry?.close();
  await docker?.close();
}, 120_000);

async function ensure(change: Partial<ImageOptions> = {}): Promise<string> {
  steps = [];
  return ensureImage({
    docker: docker.daemon.docker,
    configured: undefined,
    cacheDir: imageCacheDir,
    nodePath: process.execPath,
    codex: findCodex(),
    onBegin: () => undefined,
    onStep: (step) => steps.push(step),
    ...change,
  });
}

function provisionerWith(image?: string): Provisioner {
  return createDockerProvisioner({
    daemon: docker.daemon,
    workspacesDir: join(folder, 'containers'),
    cacheDir: join(folder, 'cache'),
    imageCacheDir,
    doorSocket: join(folder, 'door.sock'),
    image,
    cpus: 1,
    logger: createLogger('test', { silent: true }),
  });
}

/** What a command says in a container of an image, without a network, line by line. */
async function saidIn(engine: DockerServer['daemon']['docker'], image: string, command: string): Promise<string[]> {
  const container = await engine.createContainer({
    ...{ Image: image, Entrypoint: ['/bin/sh', '-c', command], Env: [`PATH=${inside.path}`, 'HOME=/tmp'], Tty: true },
    HostConfig: { NetworkMode: 'none' },
  });
  try {
    await container.start();
    await container.wait();
    const said = await container.logs({ stdout: true, stderr: true });
    return said.toString('utf8').trim().split(/\r?\n/);
  } finally {
    await container.remove({ force: true });
  }
}

describe('the image of workspaces', () => {
  it('is found again by what it is made of, without a build', async () => {
    expect(await ensure()).toBe(own);
    expect(steps).toMatchObject([{ step: 'found', image: own, ok: true }]);
  });

  it('is ours when the configured one can be had nowhere, and each step says how long it took and why it failed', async () => {
    expect(await ensure({ configured: 'registry.invalid/nobody/nothing:1' })).toBe(own);

    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['pull', false],
      ['found', true],
    ]);
    expect(steps[0]?.message).not.toBe('');
    expect(steps.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  });

  it('is the configured one when the daemon has it', async () => {
    expect(await ensure({ configured: 'astraforge/codex-cli:latest' })).toBe('astraforge/codex-cli:latest');
  });

  it(
    'is built on a bootstrapped root file system where no registry serves a base, and tagged latest',
    async () => {
      await docker.daemon.docker.getImage(own).remove({ force: true, noprune: true });

      expect(await ensure()).toBe(own);

      expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
        ['build', false],
        ['bootstrap', true],
      ]);
      const { RepoTags } = await docker.daemon.docker.getImage(own).inspect();
      expect(RepoTags).toContain('astraforge/codex-cli:latest');
    },
    longLimitMs,
  );

  it('is waited for where another process makes it, and built by nobody else', async () => {
    const image = docker.daemon.docker.getImage(own);
    const lock = takeLock(join(folder, `build-${imageRecipe().hash}.lock`));
    await image.remove({ force: true, noprune: true });
    const waits = Promise.withResolvers<string>();

    const attempt = ensure({ cacheDir: folder, onBegin: (step, name) => waits.resolve(`${step} ${name}`) });
    const first = await waits.promise;
    await docker.daemon.docker.getImage('astraforge/codex-cli:latest').tag({ repo: repository, tag: imageRecipe().hash });
    lock?.release();

    expect(first).toBe(`wait ${own}`);
    expect(await attempt).toBe(own);
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['wait', true],
      ['found', true],
    ]);
  });

  it('that can be had in no way is told with every step that failed and what to do', async () => {
    await docker.daemon.docker.getImage(own).remove({ force: true, noprune: true });

    const attempt = ensure({ codex: null });

    await expect(attempt).rejects.toMatchObject({
      code: 'docker-image',
      message: expect.stringMatching(/build .*Codex CLI is not installed.*bootstrap .*WORKSPACE_IMAGE/),
    });
    const { repo, tag } = { repo: repository, tag: imageRecipe().hash };
    await docker.daemon.docker.getImage('astraforge/codex-cli:latest').tag({ repo, tag });
  });
});

/** The base that the registries of these tests serve. */
const debian = 'library/debian:bookworm-slim';

/** A base with every package of the image: what that was built on, unless a registry had another base. */
async function plainBase(): Promise<string> {
  const source = docker.daemon.docker;
  const plain = `${baseRepository}:${imageRecipe().baseHash}`;
  const isThere = await source
    .getImage(plain)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (isThere) return plain;
  const root = readRoot(await bootstrapRoot(imageRecipe(), imageCacheDir));
  await finished(await source.importImage(root, { repo: baseRepository, tag: imageRecipe().baseHash }));
  return plain;
}

describe('the image of a daemon that has none yet', () => {
  let plain: string;
  let served: Registry;
  let mirrored: Awaited<ReturnType<typeof startMirroredDocker>>;

  beforeAll(async () => {
    plain = await plainBase();
    served = await startRegistry(docker.daemon.docker, plain, ['team/tools:1', debian]);
    mirrored = await startMirroredDocker(served.name);
  }, longLimitMs);

  afterAll(async () => {
    await mirrored?.close();
    await served?.close();
  }, 120_000);

  async function layersOf({ docker: of }: Pick<DockerServer['daemon'], 'docker'>, image: string): Promise<string[]> {
    return (await of.getImage(image).inspect()).RootFS.Layers ?? [];
  }

  it(
    'is the configured one, pulled from its registry whole',
    async () => {
      const configured = `${served.name}/team/tools:1`;

      expect(await ensure({ docker: mirrored.daemon.docker, configured })).toBe(configured);

      expect(steps.map(({ step, ok }) => [step, ok])).toEqual([['pull', true]]);
      expect(await layersOf(mirrored.daemon, configured)).toEqual(await layersOf(docker.daemon, plain));
    },
    longLimitMs,
  );

  it(
    'is built from the Dockerfile on the base that is pulled, where the configured one is nowhere, and tagged latest',
    async () => {
      const configured = `${served.name}/team/nothing:1`;

      expect(await ensure({ docker: mirrored.daemon.docker, configured })).toBe(own);

      expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
        ['pull', false],
        ['build', true],
      ]);
      expect(served.asked).toContainEqual(expect.stringMatching(/^[A-Z]+ \/v2\/library\/debian\/manifests\/bookworm-slim\b/));
      const base = await layersOf(docker.daemon, plain);
      expect((await layersOf(mirrored.daemon, own)).slice(0, base.length)).toEqual(base);
      expect(await layersOf(mirrored.daemon, 'astraforge/codex-cli:latest')).toEqual(await layersOf(mirrored.daemon, own));
      expect(await saidIn(mirrored.daemon.docker, own, 'git --version; node --version; codex --version 2>/dev/null')).toEqual([
        expect.stringMatching(/^git version /),
        process.version,
        expect.stringMatching(/^codex/),
      ]);
    },
    longLimitMs,
  );
});

describe('the image of a daemon whose base lacks packages', () => {
  const lacking = ['less', 'make', 'patch', 'unzip'] as const;
  const base = 'astraforge/test-base:lacking';
  let served: Registry;
  let mirrored: Awaited<ReturnType<typeof startMirroredDocker>>;

  beforeAll(async () => {
    await buildLackingBase(docker.daemon.docker, base, await plainBase(), lacking);
    served = await startRegistry(docker.daemon.docker, base, [debian]);
    mirrored = await startMirroredDocker(served.name);
  }, longLimitMs);

  afterAll(async () => {
    await mirrored?.close();
    await served?.close();
  }, 120_000);

  /** Those of the image's packages that are installed in an image, by name. */
  async function installedIn(engine: DockerServer['daemon']['docker'], image: string): Promise<string[]> {
    const said = await saidIn(engine, image, `dpkg-query --show --showformat='\${db:Status-Status} \${Package}\\n' ${packages.join(' ')}`);
    return said.flatMap((line) => /^installed (\S+)$/.exec(line)?.[1] ?? []).sort();
  }

  it(
    'has them installed from the archive of its base by the Dockerfile, and nothing of the archive’s lists is left',
    async () => {
      const before = await installedIn(docker.daemon.docker, base);

      expect(await ensure({ docker: mirrored.daemon.docker })).toBe(own);

      expect(steps.map(({ step, ok, message }) => [step, ok, message])).toEqual([['build', true, '']]);
      expect(before).toEqual(packages.filter((name) => !lacking.some((lacked) => lacked === name)).sort());
      expect(await installedIn(mirrored.daemon.docker, own)).toEqual([...packages].sort());
      const tools = 'less --version | head -n 1; make --version | head -n 1; patch --version | head -n 1; unzip -v | head -n 1';
      expect(await saidIn(mirrored.daemon.docker, own, `${tools}; ls -A /var/lib/apt/lists`)).toEqual([
        expect.stringMatching(/^less \d/),
        expect.stringMatching(/^GNU Make \d/),
        expect.stringMatching(/^GNU patch \d/),
        expect.stringMatching(/^UnZip \d/),
      ]);
    },
    longLimitMs,
  );
});

describe('an image that is no place for an agent', () => {
  it.each([
    ['git', 'rm /usr/bin/git', /has no git/],
    ['Codex', 'rm -r /opt/astraforge/codex/bin', /has no Codex CLI at \/opt\/astraforge\/codex/],
    ['Node', 'rm /opt/astraforge/bin/node', /has no Node at .*unset WORKSPACE_IMAGE/],
  ])('for want of %s is refused by name before anything runs', async (name, command, words) => {
    const image = await deriveImage(docker.daemon.docker, `astraforge/test-without:${name.toLowerCase()}`, [`RUN ${command}`]);

    const probe = await provisionerWith(image).probe();

    expect(probe).toMatchObject({ usable: false, message: expect.stringMatching(words) });
  });

  it('leaves no container of its probes', async () => {
    const left = await docker.daemon.docker.listContainers({ all: true });

    expect(left.flatMap(({ Names }) => Names).filter((name) => name.includes('probe'))).toEqual([]);
  });
});

describe('the image of a project', () => {
  const job = (workspaceId: string) => testJob('0'.repeat(40), { workspaceId, executor: { name: 'none' } });
  let told: unknown[] = [];
  const listen: StepListener = ({ type, data }) => told.push([type, data.step, data.subject, 'ok' in data ? data.ok : null]);

  beforeEach(() => void (told = []));

  /** Makes a workspace with it, and says what image that runs and whether it was tried before. */
  async function make(provisioner: Provisioner, workspaceId: string, image: string) {
    told = [];
    await provisioner.create({ job: job(workspaceId), runToken: 't', image }, listen);
    const name = containerName(installationOf(join(folder, 'containers')), workspaceId);
    const { Image } = await docker.daemon.docker.getContainer(name).inspect();
    await provisioner.destroy(workspaceId);
    const { Id } = await docker.daemon.docker.getImage(image).inspect();
    return { isIts: Image === Id, told };
  }

  it('is what its containers are made of: tried before the first, and again once its name means another', async () => {
    const image = await deriveImage(docker.daemon.docker, 'astraforge/test-project:tools', ['RUN echo 1 >/etc/tools']);
    const provisioner = provisionerWith();
    const tried = [
      ['preparation.started', 'probe', image, null],
      ['preparation.completed', 'probe', image, true],
    ];

    expect(await make(provisioner, 'p1', image)).toEqual({ isIts: true, told: tried });
    expect(await make(provisioner, 'p2', image)).toEqual({ isIts: true, told: [] });
    await deriveImage(docker.daemon.docker, image, ['RUN echo 2 >/etc/tools']);
    expect(await make(provisioner, 'p3', image)).toEqual({ isIts: true, told: tried });
  });

  it('that can be had nowhere is told with its pull, and none stands in for it', async () => {
    const image = `${registry.name}/nobody/nothing:1`;

    const attempt = provisionerWith().create({ job: job('p4'), runToken: 't', image }, listen);

    await expect(attempt).rejects.toMatchObject({
      kind: 'permanent',
      code: 'setup-failed',
      message: expect.stringContaining(`${image} of the project`),
    });
    expect(told).toEqual([
      ['preparation.started', 'pull', image, null],
      ['preparation.completed', 'pull', image, false],
    ]);
  });

  it.each([
    ['git', 'RUN rm /usr/bin/git', /has no git/],
    ['Node', 'RUN rm /opt/astraforge/bin/node', /has no Node at .*name another image in the project/],
    ['a limit for its volumes', 'VOLUME /data', /declares volumes \(\/data\)/],
  ])('for want of %s is refused by name before anything runs', async (name, line, words) => {
    const image = await deriveImage(docker.daemon.docker, `astraforge/test-project:${name.split(' ').at(-1)?.toLowerCase()}`, [line]);

    const attempt = provisionerWith().create({ job: job('p5'), runToken: 't', image });

    await expect(attempt).rejects.toMatchObject({ code: 'isolation', message: expect.stringMatching(words) });
    await expect(attempt).rejects.toMatchObject({ message: expect.stringContaining(image) });
    expect(await docker.daemon.docker.listContainers({ all: true, filters: ownedBy(installationOf(join(folder, 'containers'))) })).toEqual(
      [],
    );
  });
});
