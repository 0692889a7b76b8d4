import type Docker from 'dockerode';
import { mkdir } from 'node:fs/promises';
import type { Logger } from '../../../config/logger.ts';
import type { StepListener, WorkspaceSpec } from '../../port.ts';
import { makeDisk, makeOwned } from '../host-folder/disk.ts';
import { doorFolder } from '../host-folder/door-link.ts';
import { insidePlace } from '../host-folder/inside.ts';
import { folderPaths, makePrivateFolders, writeJob, writePlace } from '../host-folder/layout.ts';
import { bringObjects } from '../host-folder/objects.ts';
import { saveRecord } from '../host-folder/record.ts';
import { dockerFailure } from './client.ts';
import type { DockerDaemon } from './client.ts';
import { containerOptions, supervisorArguments } from './container.ts';
import { containerName, labelsOf } from './names.ts';
import type { Proven } from './probe.ts';
import type { ContainerRecord } from './record.ts';
import { startServices } from './services.ts';
import type { ReadyService } from './services.ts';

export interface StartInput {
  daemon: DockerDaemon;
  installation: string;
  folder: string;
  spec: WorkspaceSpec;
  proven: Proven;
  imageId: string;
  services: readonly ReadyService[];
  onStep: StepListener | undefined;
  doorSocket: string;
  runsDir?: string;
  bundlePath: string;
  codexPath: string;
  bwrapPath: string;
  cpus: number;
  logger: Logger;
  onFolder(folder: string): void;
}

/** Lays a workspace's folder out and starts its container and its services. Resolves once its supervisor runs and has its token. */
export async function startContainer(input: StartInput): Promise<ContainerRecord> {
  const { daemon, folder, spec, proven, installation } = input;
  const { job } = spec;
  const owner = process.getuid?.() === 0 ? proven.kind.user : null;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await makePrivateFolders(folder, owner);
  await bringObjects({ runsDir: input.runsDir, runId: job.runId, folder, owner, logger: input.logger });
  input.onFolder(folder);
  const { checkoutDir, disk } = await makeCheckout(input, owner);
  const { memoryEventsFile, pidsEventsFile } = proven.found;
  await writeJob(folder, job, owner);
  await writePlace(folder, insidePlace({ ...input, disk, memoryEventsFile, pidsEventsFile }), owner);
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
  // More than there are is an error of the daemon's, and so is any where it limits none.
  const cpus = proven.facts.limitsCpu ? Math.min(input.cpus, proven.facts.cpus) : null;
  const options = containerOptions({
    name,
    image: input.imageId,
    labels: labelsOf(installation, job.workspaceId),
    kind: proven.kind,
    folders: { privateDir, gitDir, checkoutDir, gatewayDir: doorFolder(input.doorSocket, folder), bundlePath: input.bundlePath },
    limits: job.limits,
    cpus,
    args: supervisorArguments,
  });
  try {
    await run(await daemon.docker.createContainer(options), spec.runToken, () =>
      startServices({ daemon, installation, workspaceId: job.workspaceId, workspace: name, services, cpus, folder, onStep }),
    );
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.socketPath);
  }
  return record;
}

async function makeCheckout(input: StartInput, owner: number | null): Promise<{ checkoutDir: string; disk: 'mount' | 'watch' }> {
  const { diskBytes } = input.spec.job.limits;
  if (input.proven.disk === 'mount') {
    const { checkoutDir, kind } = await makeDisk(input.folder, diskBytes, owner, input.logger);
    return { checkoutDir, disk: kind };
  }
  const { checkoutDir } = folderPaths(input.folder);
  await makeOwned(checkoutDir, owner);
  return { checkoutDir, disk: 'watch' };
}

/** The token is the first line of its input, written to whoever reads it and kept by nobody: until then the supervisor waits, for `ready` too. */
async function run(container: Docker.Container, runToken: string, ready: () => Promise<void>): Promise<void> {
  const input = await container.attach({ stream: true, stdin: true, stdout: false, stderr: false, hijack: true });
  const closed = new Promise<void>((resolve, reject) => {
    input.once('error', reject);
    input.once('finish', resolve);
  });
  closed.catch(() => undefined);
  try {
    await container.start();
    await ready();
  } catch (error) {
    // Without a token the supervisor ends.
    input.end();
    throw error;
  }
  input.end(`${runToken}\n`);
  await closed;
}
