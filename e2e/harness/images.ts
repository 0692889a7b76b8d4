import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { finished } from '../../workspace/image/stream.ts';

/** Makes an image on ours without any network; its steps run as root. Beside the Dockerfile lie `files`, and copies of `folders`. */
export function deriveImage(
  docker: Docker,
  tag: string,
  lines: readonly string[],
  files: Record<string, string> = {},
  folders: Record<string, string> = {},
): Promise<string> {
  return buildImage(docker, tag, ['FROM astraforge/codex-cli:latest', 'USER root', ...lines], files, folders);
}

/** Makes an image from a Dockerfile of these lines without any network; answers `tag`. */
export async function buildImage(
  docker: Docker,
  tag: string,
  lines: readonly string[],
  files: Record<string, string> = {},
  folders: Record<string, string> = {},
): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), 'af-derive-'));
  try {
    await writeFile(join(context, 'Dockerfile'), lines.join('\n'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
    for (const [name, source] of Object.entries(folders))
      await cp(source, join(context, name), { recursive: true, verbatimSymlinks: true });
    const tar = spawn('tar', ['-c', '-C', context, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await finished(await docker.buildImage(tar.stdout, { t: tag }));
    return tag;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
