import type Docker from 'dockerode';
import type { Logger } from '../../../../config/logger.ts';
import { messageOf } from '../../../../workflows/contracts/errors.ts';
import { inside } from '../../host-folder/inside.ts';
import type { ObjectFile } from '../../host-folder/objects.ts';
import type { DockerDaemon } from '../client.ts';
import { containerOptions, cpusOf, supervisorArguments } from '../container.ts';
import { removeContainer } from '../containers.ts';
import { dockerFailure } from '../failure.ts';
import { containerName, labelsOf, newContainerName, outputLabel } from '../names.ts';
import type { WorkspaceStart } from '../premises.ts';
import { startServices } from '../services.ts';
import { startWithToken } from '../token.ts';
import { isIncomplete } from './archive.ts';
import { ownFiles } from './files.ts';
import { fillGit, fillPlain, fillPrivate, ownPlace } from './fill.ts';
import { objectsOf } from './objects.ts';

interface VolumeStart extends WorkspaceStart {
  daemon: DockerDaemon;
  installation: string;
  runsDir?: string;
  cpus: number;
  logger: Logger;
  /** Told of each container that is made for it. */
  onMade(id: string): void;
  /** Told when its container runs, before its supervisor has its token. */
  onRunning(id: string): void;
}

/**
 * Makes a container with all that it needs in volumes of its own, and starts it with its services. Resolves with its id once its supervisor
 * has its token.
 */
export async function startInVolumes(input: VolumeStart): Promise<string> {
  const { daemon, spec, installation, services, onStep } = input;
  const { workspaceId, runId, limits } = spec.job;
  const objects = await objectsOf({ runsDir: input.runsDir, runId, maxBytes: limits.diskBytes, logger: input.logger });
  try {
    const container = await makeWhole(input, objects);
    const cpus = cpusOf(input.cpus, input.ready.proven.facts);
    await startWithToken(container, spec.runToken, async () => {
      input.onRunning(container.id);
      await startServices({ daemon, installation, workspaceId, workspace: container.id, services, cpus, hostsFile: null, onStep });
    });
    // From now on whoever looks for it by its name finds it.
    await container.rename({ name: containerName(installation, workspaceId) });
    return container.id;
  } catch (error) {
    throw dockerFailure('workspace', error, daemon.address);
  }
}

/** Objects that did not come whole may lack the parents of what is there: another container fetches them through the door. */
async function makeWhole(input: VolumeStart, objects: readonly ObjectFile[]): Promise<Docker.Container> {
  try {
    return await makeOnce(input, objects);
  } catch (error) {
    if (objects.length === 0 || !isIncomplete(error)) throw error;
    const { runId, workspaceId } = input.spec.job;
    input.logger.warn('a container starts without the objects of its run', { runId, workspaceId, problem: messageOf(error) });
    return makeOnce(input, []);
  }
}

async function makeOnce(input: VolumeStart, objects: readonly ObjectFile[]): Promise<Docker.Container> {
  const { daemon, installation, spec, ready } = input;
  const { job } = spec;
  const { kind, found, facts } = ready.proven;
  const labels = labelsOf(installation, job.workspaceId);
  const container = await daemon.docker.createContainer(
    containerOptions({
      ...{ name: newContainerName(installation, job.workspaceId), image: ready.imageId, kind, limits: job.limits },
      labels: { ...labels, [outputLabel]: String(job.limits.outputBytes) },
      files: ownFiles(
        input.services.map((service) => service.spec.name),
        labels,
      ),
      cpus: cpusOf(input.cpus, facts),
      args: supervisorArguments,
    }),
  );
  input.onMade(container.id);
  try {
    await fillPrivate(container, kind.user, { bundlePath: ready.bundlePath, place: ownPlace(ready, found), job });
    await fillPlain(container, inside.checkoutDir, kind.user);
    await fillGit(container, kind.user, objects);
    return container;
  } catch (error) {
    await removeContainer(daemon, container.id);
    throw error;
  }
}
