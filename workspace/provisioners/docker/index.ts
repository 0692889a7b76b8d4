import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { ProbeResult, Provisioner, StepListener, Workspace, WorkspaceSpec } from '../../port.ts';
import { removeFolder } from '../host-folder/disk.ts';
import { createDoorKeeper } from '../host-folder/door-link.ts';
import { listFolders, workspaceFolder } from '../host-folder/layout.ts';
import { loadRecord } from '../host-folder/record.ts';
import { createSharedWorks } from '../shared-work.ts';
import { dockerFailure } from './client.ts';
import type { DockerDaemon } from './client.ts';
import { holdsOf } from './judge.ts';
import { containerName, installationOf, ownedBy, workspaceOf } from './names.ts';
import { imageIdOf, listenerOf, prepareDocker } from './prepare.ts';
import type { DockerProvisionerOptions, Prepared } from './prepare.ts';
import { ContainerRecord } from './record.ts';
import { prepareServices, removeServices } from './services.ts';
import { startContainer } from './start.ts';
import { lifeOf, openContainer, removeContainer } from './workspace.ts';

/** Workspaces in containers of a Docker daemon on this machine. They outlive whoever made them. */
export function createDockerProvisioner(options: DockerProvisionerOptions): Provisioner {
  const { daemon, workspacesDir, logger } = options;
  const installation = installationOf(workspacesDir);
  const doors = createDoorKeeper(options.doorSocket, options.chooseDoor);
  const creating = new Map<string, Promise<Workspace>>();
  /** Those of `creating` that have begun to lay out a folder: an image may be waited for far longer. */
  const starting = new Map<string, Promise<unknown>>();
  // By the project's image; without a name that of the installation.
  const prepared = createSharedWorks((image, tell) => prepareDocker(options, image || null, tell));

  const nameOf = (workspaceId: string): string => containerName(installation, workspaceId);
  const folderOf = (workspaceId: string): string => workspaceFolder(workspacesDir, workspaceId);

  /** Once a process and image, again after a failure, and where a name means another image by now: that one was never tried. */
  async function prepare(image: string, onStep?: StepListener): Promise<Prepared> {
    const isOld = prepared.has(image);
    const ready = await prepared.get(image, onStep);
    if (!isOld || image === '' || (await imageIdOf(daemon, image)) === ready.imageId) return ready;
    prepared.forget(image);
    return prepared.get(image, onStep);
  }

  async function adopt(workspaceId: string): Promise<Workspace | null> {
    const folder = folderOf(workspaceId);
    const record = await loadRecord(folder, ContainerRecord);
    if (!record) return null;
    const life = await lifeOf(daemon, nameOf(workspaceId));
    if (life?.fresh) return null;
    if (life?.running) doors.keep(folder);
    return openContainer(daemon, nameOf(workspaceId), folder, record);
  }

  async function make(spec: WorkspaceSpec, onStep?: StepListener): Promise<Workspace> {
    const { workspaceId } = spec.job;
    const existing = await adopt(workspaceId);
    if (existing && (await existing.state()).status === 'running') return existing;
    const folder = folderOf(workspaceId);
    await remove(workspaceId);
    const image = spec.image ?? '';
    const ready = await prepare(image, onStep);
    const services = await prepareServices(daemon, ready.proven.facts, spec.services ?? [], listenerOf(options, onStep));
    try {
      const started = startContainer({ ...options, ...ready, installation, folder, spec, services, onStep, onFolder: doors.keep });
      starting.set(workspaceId, started);
      const record = await started;
      logger.info('workspace started', { workspaceId, image: ready.proven.image });
      return openContainer(daemon, nameOf(workspaceId), folder, record);
    } catch (error) {
      // The image may be gone: the next try looks again.
      prepared.forget(image);
      await remove(workspaceId).catch((problem: unknown) =>
        logger.warn('a broken workspace was not removed', { workspaceId, problem: messageOf(problem) }),
      );
      throw error;
    } finally {
      starting.delete(workspaceId);
    }
  }

  async function remove(workspaceId: string): Promise<void> {
    const folder = folderOf(workspaceId);
    await removeContainers(daemon, installation, workspaceId);
    doors.drop(folder);
    await removeFolder(folder);
  }

  async function destroy(workspaceId: string): Promise<void> {
    if (starting.has(workspaceId)) {
      // What its start makes after a look would be left; without its containers the start ends soon.
      await removeContainers(daemon, installation, workspaceId);
      await Promise.allSettled([starting.get(workspaceId)]);
    }
    await remove(workspaceId);
  }

  return {
    name: 'docker',
    offers: ['image', 'services'],
    probe: () => probe(() => prepare('')),
    create(spec, onStep) {
      const { workspaceId } = spec.job;
      const running = creating.get(workspaceId);
      if (running) return running;
      const made = make(spec, onStep).finally(() => creating.delete(workspaceId));
      creating.set(workspaceId, made);
      return made;
    },
    adopt,
    destroy,
    list: () => listWorkspaces(daemon, installation, workspacesDir),
  };
}

async function probe(prepare: () => Promise<Prepared>): Promise<ProbeResult> {
  try {
    const { found, facts, disk, image } = (await prepare()).proven;
    return { usable: true, message: `containers of Docker ${facts.version} isolate here.`, holds: holdsOf(found, facts, disk, image) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { usable: false, message: error.message, holds: { isolation: 'none' } };
  }
}

async function removeContainers(daemon: DockerDaemon, installation: string, workspaceId: string): Promise<void> {
  await removeContainer(daemon, containerName(installation, workspaceId));
  await removeServices(daemon, installation, workspaceId);
}

/** By folder, and by container where the folder is lost. */
async function listWorkspaces(daemon: DockerDaemon, installation: string, workspacesDir: string): Promise<string[]> {
  const folders = await listFolders(workspacesDir);
  try {
    const containers = await daemon.docker.listContainers({ all: true, filters: ownedBy(installation) });
    return [...new Set([...folders, ...containers.flatMap(({ Labels }) => workspaceOf(Labels) ?? [])])];
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.socketPath);
  }
}
