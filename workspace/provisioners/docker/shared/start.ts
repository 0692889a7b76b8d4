import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../../config/logger.ts';
import { makeDisk, makeOwned } from '../../host-folder/disk.ts';
import { doorFolder } from '../../host-folder/door-link.ts';
import { insidePlace } from '../../host-folder/inside.ts';
import { folderPaths, makePrivateFolders, writeJob, writePlace } from '../../host-folder/layout.ts';
import { bringObjects } from '../../host-folder/objects.ts';
import { saveRecord } from '../../host-folder/record.ts';
import type { DockerDaemon } from '../client.ts';
import { containerOptions, cpusOf, supervisorArguments } from '../container.ts';
import { dockerFailure } from '../failure.ts';
import { containerName, labelsOf } from '../names.ts';
import type { WorkspaceStart } from '../premises.ts';
import { startServices } from '../services.ts';
import type { ReadyService } from '../services.ts';
import { startWithToken } from '../token.ts';
import { sharedFiles } from './files.ts';
import type { ContainerRecord } from './record.ts';

interface FolderStart extends WorkspaceStart {
  daemon: DockerDaemon;
  installation: string;
  folder: string;
  doorSocket: string;
  runsDir?: string;
  cpus: number;
  logger: Logger;
  onFolder(folder: string): void;
}

/** Lays a workspace's folder out and starts its container and its services. Resolves once its supervisor runs and has its token. */
export async function startInFolder(input: FolderStart): Promise<ContainerRecord> {
  const { daemon, folder, spec, ready, installation } = input;
  const { proven, imageId } = ready;
  const { job } = spec;
  const owner = process.getuid?.() === 0 ? proven.kind.user : null;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await makePrivateFolders(folder, owner);
  await bringObjects({ runsDir: input.runsDir, runId: job.runId, folder, owner, logger: input.logger });
  input.onFolder(folder);
  const { checkoutDir, disk } = await makeCheckout(input, owner);
  const { memoryEventsFile, pidsEventsFile } = proven.found;
  await writeJob(folder, job, owner);
  await writePlace(folder, insidePlace({ ...ready, disk, memoryEventsFile, pidsEventsFile }), owner);
  const record: ContainerRecord = {
    schema: 1,
    kind: 'docker',
    workspaceId: job.workspaceId,
    outputBytes: job.limits.outputBytes,
    createdAtMs: Date.now(),
  };
  await saveRecord(folder, record);
  const { privateDir, gitDir } = folderPaths(folder);
  const name = containerName(installation, job.workspaceId);
  const { services, onStep } = input;
  const cpus = cpusOf(input.cpus, proven.facts);
  const options = containerOptions({
    ...{ name, image: imageId, labels: labelsOf(installation, job.workspaceId), kind: proven.kind, limits: job.limits, cpus },
    files: sharedFiles({ privateDir, gitDir, checkoutDir, gatewayDir: doorFolder(input.doorSocket, folder), bundlePath: ready.bundlePath }),
    args: supervisorArguments,
  });
  try {
    const hostsFile = await writeNames(folder, services);
    await startWithToken(await daemon.docker.createContainer(options), spec.runToken, () =>
      startServices({ daemon, installation, workspaceId: job.workspaceId, workspace: name, services, cpus, hostsFile, onStep }),
    );
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.address);
  }
  return record;
}

/** Services may speak to one another by their names. */
async function writeNames(folder: string, services: readonly ReadyService[]): Promise<string> {
  const path = join(folder, 'service-hosts');
  const names = ['localhost', ...services.map(({ spec }) => spec.name)].join(' ');
  await writeFile(path, `127.0.0.1 ${names}\n::1 localhost\n`, { mode: 0o644 });
  return path;
}

async function makeCheckout(input: FolderStart, owner: number | null): Promise<{ checkoutDir: string; disk: 'mount' | 'watch' }> {
  const { diskBytes } = input.spec.job.limits;
  if (input.ready.proven.disk === 'mount') {
    const { checkoutDir, kind } = await makeDisk(input.folder, diskBytes, owner, input.logger);
    return { checkoutDir, disk: kind };
  }
  const { checkoutDir } = folderPaths(input.folder);
  await makeOwned(checkoutDir, owner);
  return { checkoutDir, disk: 'watch' };
}
