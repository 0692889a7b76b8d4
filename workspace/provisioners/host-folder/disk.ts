import { chmod, chown, mkdir, open, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { errorCodeOf } from '../../../config/error-code.ts';
import type { Logger } from '../../../config/logger.ts';
import { DomainError } from '../../../workflows/contracts/errors.ts';

const toolPath = '/usr/sbin:/usr/bin:/sbin:/bin';

/** What an agent's files answer to whoever removes them by their paths: folders without write permission, paths beyond PATH_MAX. */
const stubborn: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENAMETOOLONG']);
/** A whole checkout file by file, on a slow disk. */
const removalMs = 10 * 60_000;

/** Who owns what the sandbox may write; null: whoever we are. */
export type Owner = number | null;

/** Makes a folder that the sandbox may write in, and nobody else reads. */
export async function makeOwned(path: string, owner: Owner): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  if (owner !== null) await chown(path, owner, owner);
}

/**
 * A place for the checkout of at most `bytes`: a file system in a sparse file where we may mount one, else a plain folder that
 * the supervisor watches.
 */
export async function makeDisk(
  folder: string,
  bytes: number,
  owner: Owner,
  logger: Logger,
): Promise<{ checkoutDir: string; kind: 'mount' | 'watch' }> {
  const mountPoint = join(folder, 'disk');
  await mkdir(mountPoint, { recursive: true, mode: 0o700 });
  const mounted =
    process.getuid?.() === 0 && existsSync('/dev/loop-control') && (await tryMount(join(folder, 'disk.img'), mountPoint, bytes, logger));
  const checkoutDir = join(mountPoint, 'checkout');
  await makeOwned(checkoutDir, owner);
  return { checkoutDir, kind: mounted ? 'mount' : 'watch' };
}

async function tryMount(image: string, mountPoint: string, bytes: number, logger: Logger): Promise<boolean> {
  const run = (file: string, args: string[]) =>
    execa(file, args, { env: { PATH: toolPath }, extendEnv: false, reject: false, timeout: 30_000 });
  const file = await open(image, 'w', 0o600);
  await file.truncate(bytes);
  await file.close();
  const made = await run('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', '-m', '0', '-E', 'lazy_itable_init=1,nodiscard', image]);
  const mounted = made.failed ? made : await run('mount', ['-o', 'loop,nosuid,nodev,noatime', image, mountPoint]);
  if (!mounted.failed) return true;
  logger.debug('workspace disk is watched, not mounted', { error: String(mounted.stderr).slice(0, 300) });
  await rm(image, { force: true });
  return false;
}

/** Unmounts whatever is mounted below the folder, deepest first. */
export async function unmountBelow(folder: string): Promise<void> {
  const points = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .filter((point) => point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
  for (const point of points) {
    await execa('umount', ['-l', point], { env: { PATH: toolPath }, extendEnv: false, reject: false, timeout: 30_000 });
  }
}

/**
 * Removes a workspace's folder with whatever is mounted below it, however its modes are set and however deep it is. Nothing may run in it
 * any more. DomainError `folder-stuck`.
 */
export async function removeFolder(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  await unmountBelow(folder);
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  } catch (error) {
    if (!stubborn.has(errorCodeOf(error) ?? '')) throw error;
    await removeStubborn(folder);
  }
}

/** The system's tools go from folder to folder, so no path is too long for them, and follow no link that they meet. */
async function removeStubborn(folder: string): Promise<void> {
  const run = (file: string, args: string[], stderr: 'ignore' | 'pipe') =>
    execa(file, args, { env: { PATH: toolPath }, extendEnv: false, reject: false, timeout: removalMs, stdout: 'ignore', stderr });
  // What it may not change is told by what cannot be removed then.
  await run('chmod', ['-R', 'u+rwX', '--', folder], 'ignore');
  const removed = await run('rm', ['-rf', '--', folder], 'pipe');
  if (!removed.failed) return;
  // Of a long path the end says why.
  const why = (removed.stderr || removed.shortMessage || '').slice(-300);
  throw new DomainError('transient', 'folder-stuck', `destroy: ${folder} cannot be removed (${why}); remove it as root`);
}
