import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { execa } from 'execa';

/** An archive that containerd imports as image `reference`: the program alone, with nothing around it. */
export async function archiveProgram(program: string, reference: string, target: string): Promise<void> {
  const folder = await mkdtemp(`${target}-`);
  try {
    await mkdir(join(folder, 'root'));
    await copyFile(program, join(folder, 'root', 'program'));
    const tar = (args: string[]) => execa('tar', ['--numeric-owner', '--owner=0', '--group=0', ...args]);
    await tar(['-C', join(folder, 'root'), '-cf', join(folder, 'layer.tar'), '.']);
    const layer = createHash('sha256');
    await pipeline(createReadStream(join(folder, 'layer.tar')), layer);
    const config = JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/program'], User: '65535:65535', WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer.digest('hex')}`] },
      history: [{ created_by: 'tests' }],
    });
    const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }]);
    await writeFile(join(folder, 'config.json'), config);
    await writeFile(join(folder, 'manifest.json'), manifest);
    await tar(['-C', folder, '-cf', `${target}.tmp`, 'manifest.json', 'config.json', 'layer.tar']);
    await rename(`${target}.tmp`, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The image of a Docker daemon as an archive at `target`, kept there. */
export async function archiveImage(docker: Docker, image: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  await pipeline(await docker.getImage(image).get(), createWriteStream(`${target}.tmp`));
  await rename(`${target}.tmp`, target);
}
