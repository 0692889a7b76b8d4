import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { takeLock } from '../config/exclusive-lock.ts';
import { createLogger } from '../config/logger.ts';
import { findCodex } from '../workspace/executors/codex/binary.ts';
import { ensureImage, type ImageOptions, type ImageStep } from '../workspace/image/ensure.ts';
import { imageRecipe, repository } from '../workspace/image/recipe.ts';
import { finished } from '../workspace/image/stream.ts';
import { createDockerProvisioner } from '../workspace/provisioners/docker/index.ts';
import { imageCacheDir, startDocker, type DockerServer } from './servers/docker.ts';

const own = `${repository}:${imageRecipe().hash}`;
const longLimitMs = 15 * 60_000;

let docker: DockerServer;
let folder: string;
let steps: ImageStep[];

beforeAll(async () => {
  docker = await startDocker();
  folder = mkdtempSync(join(tmpdir(), 'af-images-'));
  await ensure();
}, longLimitMs);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await docker.close();
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

/** An image on ours, made without any network. */
async function derive(tag: string, ...lines: string[]): Promise<string> {
  const dockerfile = ['FROM astraforge/codex-cli:latest', 'USER root', ...lines].join('\n');
  const context = mkdtempSync(join(folder, 'context-'));
  await execa('tee', [join(context, 'Dockerfile')], { input: dockerfile, stdout: 'ignore' });
  const { stdout } = await execa('tar', ['-c', '-C', context, '.'], { encoding: 'buffer' });
  await finished(await docker.daemon.docker.buildImage(streamOf(stdout), { t: tag }));
  return tag;
}

function streamOf(bytes: Uint8Array): NodeJS.ReadableStream {
  return Readable.from([Buffer.from(bytes)]);
}

/** What a provisioner with this image says before anything runs. */
async function probeWith(image: string): Promise<{ usable: boolean; message: string }> {
  const provisioner = createDockerProvisioner({
    daemon: docker.daemon,
    workspacesDir: join(folder, 'containers'),
    cacheDir: join(folder, 'cache'),
    imageCacheDir,
    doorSocket: join(folder, 'door.sock'),
    image,
    cpus: 1,
    logger: createLogger('test', { silent: true }),
  });
  return provisioner.probe();
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

describe('an image that is no place for an agent', () => {
  it.each([
    ['git', 'rm /usr/bin/git', /has no git/],
    ['Codex', 'rm -r /opt/astraforge/codex/bin', /has no Codex CLI at \/opt\/astraforge\/codex/],
    ['Node', 'rm /opt/astraforge/bin/node', /has no Node at .*unset WORKSPACE_IMAGE/],
  ])('for want of %s is refused by name before anything runs', async (name, command, words) => {
    const image = await derive(`astraforge/test-without:${name.toLowerCase()}`, `RUN ${command}`);

    const probe = await probeWith(image);

    expect(probe).toMatchObject({ usable: false, message: expect.stringMatching(words) });
  });

  it('leaves no container of its probes', async () => {
    const left = await docker.daemon.docker.listContainers({ all: true });

    expect(left.flatMap(({ Names }) => Names).filter((name) => name.includes('probe'))).toEqual([]);
  });
});
