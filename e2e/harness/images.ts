import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { execa } from 'execa';
import { finished } from '../../workspace/image/stream.ts';

/** Makes an image on ours without any network; its steps run as root. `files` lie beside the Dockerfile. */
export async function deriveImage(
  docker: Docker,
  tag: string,
  lines: readonly string[],
  files: Record<string, string> = {},
): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), 'af-derive-'));
  try {
    await writeFile(join(context, 'Dockerfile'), ['FROM astraforge/codex-cli:latest', 'USER root', ...lines].join('\n'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
    const { stdout } = await execa('tar', ['-c', '-C', context, '.'], { encoding: 'buffer' });
    await finished(await docker.buildImage(Readable.from([Buffer.from(stdout)]), { t: tag }));
    return tag;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
