import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { DomainError } from '../../workflows/contracts/errors.ts';
import { packages, release } from './recipe.ts';
import type { Recipe } from './recipe.ts';

const toolPath = '/usr/sbin:/usr/bin:/sbin:/bin';
const limitMs = 15 * 60_000;

/**
 * A tar of Debian's root file system with the packages of the image, made by debootstrap from Debian's archive where no image
 * registry answers; kept in `cacheDir`. DomainError `image-bootstrap`.
 */
export async function bootstrapRoot(recipe: Recipe, cacheDir: string): Promise<string> {
  const kept = join(cacheDir, `rootfs-${recipe.baseHash}.tar`);
  if (await exists(kept)) return kept;
  if (process.getuid?.() !== 0) throw failure('debootstrap needs root');
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, 'bootstrap-'));
  try {
    const root = join(work, 'root');
    await tool('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, release, root]);
    const tar = join(work, 'root.tar');
    const dropped = ['./var/cache/apt/archives/*.deb', './var/lib/apt/lists/*', './var/log/*', './usr/share/doc/*', './usr/share/locale/*'];
    await tool('tar', ['-C', root, ...dropped.map((pattern) => `--exclude=${pattern}`), '--one-file-system', '-cf', tar, '.']);
    await rename(tar, kept);
    return kept;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The kept root as a stream, for an import into a daemon. */
export function readRoot(tar: string): NodeJS.ReadableStream {
  return createReadStream(tar, { highWaterMark: 1024 ** 2 });
}

async function tool(file: string, args: string[]): Promise<void> {
  const run = await execa(file, args, {
    env: { PATH: toolPath, LC_ALL: 'C' },
    extendEnv: false,
    reject: false,
    timeout: limitMs,
    cwd: dirname('/'),
  });
  if (!run.failed) return;
  if (run.code === 'ENOENT') throw failure(`${file} is not installed`);
  const last = `${run.stdout}\n${run.stderr}`.trim().split('\n').slice(-3).join(' ');
  throw failure(`${file} failed: ${last.slice(0, 300)}`);
}

function failure(why: string): DomainError {
  return new DomainError('transient', 'image-bootstrap', `image: no root file system could be made: ${why}`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
