import type Docker from 'dockerode';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '../../config/exclusive-lock.ts';
import type { ExclusiveLock } from '../../config/exclusive-lock.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';
import type { CodexFiles } from '../executors/codex/binary.ts';
import { bootstrapRoot, readRoot } from './bootstrap.ts';
import { openContext } from './context.ts';
import { createLadder } from './ladder.ts';
import type { LadderListener } from './ladder.ts';
import { pullImage } from './named.ts';
import { baseRepository, imageRecipe, packages, repository } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { finished } from './stream.ts';

const lookEveryMs = 500;

export interface ImageOptions extends LadderListener {
  docker: Docker;
  /** A person's own image; undefined: ours. */
  configured: string | undefined;
  /** What may be kept between installations of this user. */
  cacheDir: string;
  nodePath: string;
  codex: CodexFiles | null;
}

/**
 * The image that workspaces start from: the configured one, there or pulled; on failure our own, there by its recipe's hash or built
 * from workspace/image/Dockerfile; on failure built on a bootstrapped root file system. One process of a user builds at a time: the
 * others wait and take what it made. DomainError `docker-image` names each failure.
 */
export async function ensureImage(options: ImageOptions): Promise<string> {
  const { docker, configured } = options;
  const { rung, problems } = createLadder(options);

  if (configured !== undefined) {
    if (await rung('found', configured, () => docker.getImage(configured).inspect())) return configured;
    if (await rung('pull', configured, () => pullImage(docker, configured))) return configured;
  }
  const recipe = imageRecipe();
  const own = `${repository}:${recipe.hash}`;
  const isThere = () => rung('found', own, () => docker.getImage(own).inspect());
  if (await isThere()) return own;
  const lockFile = join(options.cacheDir, `build-${recipe.hash}.lock`);
  const locks = [lockOrNull(lockFile)];
  try {
    if (locks[0] === null) {
      await rung('wait', own, async () => locks.push(await awaitLock(lockFile)));
      if (await isThere()) return own;
    }
    if (await rung('build', own, () => build(options, own, null))) return own;
    if (await rung('bootstrap', own, () => buildOnBootstrapped(options, own, recipe))) return own;
  } finally {
    for (const lock of locks) lock?.release();
  }
  const why = problems.join('; ');
  throw new DomainError(
    'permanent',
    'docker-image',
    `image: no image for workspaces could be had (${why}). Give this machine access to an image registry or to Debian's archive, or set WORKSPACE_IMAGE, or PROVISIONER=local`,
  );
}

/** Another process builds: it ends, or its lock ends with it. */
async function awaitLock(lockFile: string): Promise<ExclusiveLock> {
  for (;;) {
    const lock = lockOrNull(lockFile);
    if (lock) return lock;
    await sleep(lookEveryMs);
  }
}

function lockOrNull(lockFile: string): ExclusiveLock | null {
  try {
    return takeLock(lockFile);
  } catch (error) {
    throw new DomainError(
      'permanent',
      'docker-image',
      `image: ${lockFile} cannot be locked: ${messageOf(error)}; make its folder writable for this user`,
      { cause: error },
    );
  }
}

/** True when nothing has to be pulled or built. */
export function imageIsThere(docker: Docker, configured: string | undefined): Promise<boolean> {
  return exists(docker, configured ?? `${repository}:${imageRecipe().hash}`);
}

function exists(docker: Docker, image: string): Promise<boolean> {
  return docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

async function build(options: ImageOptions, own: string, base: string | null): Promise<void> {
  const { docker, codex, nodePath } = options;
  if (!codex) throw new DomainError('permanent', 'docker-image', 'the Codex CLI is not installed for this machine; run npm ci');
  const context = await openContext({ nodePath, codex });
  try {
    const buildargs = { PACKAGES: packages.join(' '), ...(base === null ? {} : { BASE: base }) };
    await finished(await docker.buildImage(context.tar, { t: own, buildargs, rm: true, forcerm: true }));
  } finally {
    await context.close();
  }
  await docker.getImage(own).tag({ repo: repository, tag: 'latest' });
}

async function buildOnBootstrapped(options: ImageOptions, own: string, recipe: Recipe): Promise<void> {
  const { docker } = options;
  const base = `${baseRepository}:${recipe.baseHash}`;
  if (!(await exists(docker, base))) {
    const tar = await bootstrapRoot(recipe, options.cacheDir);
    await finished(await docker.importImage(readRoot(tar), { repo: baseRepository, tag: recipe.baseHash }));
  }
  await build(options, own, base);
}
