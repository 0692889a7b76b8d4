import { copyFile, cp, link, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { CodexFiles } from '../executors/codex/binary.ts';
import { writeEtc } from '../provisioners/host-folder/etc.ts';
import { dockerfilePath } from './recipe.ts';

/** What the Dockerfile copies, as a tar stream. `close` removes what was laid out for it. */
export interface BuildContext {
  tar: Readable;
  close(): Promise<void>;
}

/** Lays Dockerfile, Node, Codex and our files of /etc out, by hard links where the file system allows it. */
export async function openContext(input: { nodePath: string; codex: CodexFiles }): Promise<BuildContext> {
  const folder = await mkdtemp(join(tmpdir(), 'astraforge-image-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(dockerfilePath, join(folder, 'Dockerfile'));
    writeEtc(join(folder, 'etc'));
    const bin = join(folder, 'opt', 'bin');
    await mkdir(bin, { recursive: true });
    await linkOrCopy(input.nodePath, join(bin, 'node'));
    await symlink(join('..', 'codex', input.codex.binary), join(bin, 'codex'));
    await linkFolder(input.codex.root, join(folder, 'opt', 'codex'));
    const child = spawn('tar', ['-c', '-C', folder, '--owner=0', '--group=0', '.'], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.once('error', (error) => child.stdout.destroy(error));
    return { tar: child.stdout, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFolder(source, target);
    else await linkOrCopy(source, target);
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to);
  }
}
