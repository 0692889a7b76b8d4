import { setTimeout as sleep } from 'node:timers/promises';
import type { DockerDaemon } from './client.ts';
import { dockerFailure, statusOf } from './failure.ts';
import { containersOf, ownedBy, workspaceOf } from './names.ts';

const retryMs = 500;

/** What the daemon says of a container; null: it has none of that name. */
export interface ContainerLife {
  running: boolean;
  /** Created, never started: its maker was interrupted. */
  fresh: boolean;
  exitCode: number;
  outOfMemory: boolean;
}

/** Looks a container up. DomainErrors of `dockerFailure`. */
export async function lifeOf(daemon: DockerDaemon, name: string): Promise<ContainerLife | null> {
  try {
    const { State } = await daemon.docker.getContainer(name).inspect();
    return { running: State.Running, fresh: State.Status === 'created', exitCode: State.ExitCode, outOfMemory: State.OOMKilled };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw dockerFailure('workspace', error, daemon.address);
  }
}

/** Ids of the workspaces that have a container of this installation. DomainErrors of `dockerFailure`. */
export async function listContainers(daemon: DockerDaemon, installation: string): Promise<string[]> {
  try {
    const containers = await daemon.docker.listContainers({ all: true, filters: ownedBy(installation) });
    return [...new Set(containers.flatMap(({ Labels }) => workspaceOf(Labels) ?? []))];
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.address);
  }
}

/**
 * Ends a workspace's container and those of its services, with all that they wrote. Those that are gone are gone. `own`: id of the one that
 * is ended with the services on its loopback; those of other makers stay.
 */
export async function removeContainers(daemon: DockerDaemon, installation: string, workspaceId: string, own?: string): Promise<void> {
  try {
    const found = await daemon.docker.listContainers({ all: true, filters: containersOf(installation, workspaceId) });
    const ended = found.filter(({ Id, HostConfig }) => own === undefined || Id === own || HostConfig.NetworkMode === `container:${own}`);
    await Promise.all(ended.map(({ Id }) => removeContainer(daemon, Id)));
  } catch (error) {
    throw dockerFailure('destroy', error, daemon.address);
  }
}

const removals = 5;

/** Kills and removes a container with all of its processes. One that is gone is gone. */
export async function removeContainer(daemon: DockerDaemon, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await daemon.docker.getContainer(name).remove({ force: true, v: true });
      return;
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return;
      // 409: somebody else removes it just now. 500: its file system is busy for a moment.
      if (attempt >= removals || (status !== 409 && status !== 500)) throw dockerFailure('destroy', error, daemon.address);
      await sleep(retryMs);
    }
  }
}
