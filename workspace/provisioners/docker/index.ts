import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { ProbeResult, Provisioner, StepListener, Workspace, WorkspaceSpec } from '../../port.ts';
import { createSharedWorks } from '../shared-work.ts';
import type { DockerDaemon } from './client.ts';
import { removeContainers } from './containers.ts';
import { holdsOf } from './judge.ts';
import { imageIdOf, listenerOf, prepareDocker } from './prepare.ts';
import type { DockerProvisionerOptions, Prepared } from './prepare.ts';
import { lookUpDaemon } from './probe.ts';
import { remotePremises } from './remote/premises.ts';
import { prepareServices } from './services.ts';
import { sharedPremises } from './shared/premises.ts';

/** Workspaces in containers of a Docker daemon, on this machine or another. They outlive whoever made them. */
export function createDockerProvisioner(options: DockerProvisionerOptions): Provisioner {
  const { daemon, logger } = options;
  const premises = daemon.remote === null ? sharedPremises(options) : remotePremises(options);
  const creating = new Map<string, Promise<Workspace>>();
  /** Those of `creating` that have begun to lay something out: an image may be waited for far longer. */
  const starting = new Map<string, Promise<unknown>>();
  // By the project's image; without a name that of the installation.
  const prepared = createSharedWorks((image, tell) => prepareDocker(options, premises, image || null, tell));

  /** Once a process and image, again after a failure, and where a name or address means another image or daemon by now. */
  async function prepare(image: string, onStep?: StepListener): Promise<Prepared> {
    const isOld = prepared.has(image);
    const ready = await prepared.get(image, onStep);
    if (!isOld || (await isWhatWasTried(daemon, image, ready))) return ready;
    prepared.forget(image);
    return prepared.get(image, onStep);
  }

  async function make(spec: WorkspaceSpec, onStep?: StepListener): Promise<Workspace> {
    const { workspaceId } = spec.job;
    const existing = await premises.adopt(workspaceId);
    if (existing && (await existing.state()).status === 'running') return existing;
    await premises.requireFree(workspaceId);
    await remove(workspaceId);
    const image = spec.image ?? '';
    const ready = await prepare(image, onStep);
    const services = await prepareServices(daemon, ready.proven.facts, spec.services ?? [], listenerOf(options, onStep));
    try {
      const started = premises.start({ spec, ready, services, onStep });
      starting.set(workspaceId, started);
      const workspace = await started;
      logger.info('workspace started', { workspaceId, image: ready.proven.image });
      return workspace;
    } catch (error) {
      // The image may be gone: the next try looks again.
      prepared.forget(image);
      await premises
        .undo(workspaceId)
        .catch((problem: unknown) => logger.warn('a broken workspace was not removed', { workspaceId, problem: messageOf(problem) }));
      throw error;
    } finally {
      starting.delete(workspaceId);
    }
  }

  async function remove(workspaceId: string): Promise<void> {
    await removeContainers(daemon, premises.installation, workspaceId);
    await premises.clear(workspaceId);
  }

  async function destroy(workspaceId: string): Promise<void> {
    if (starting.has(workspaceId)) {
      // What its start makes after a look would be left; without its containers the start ends soon.
      await removeContainers(daemon, premises.installation, workspaceId);
      await Promise.allSettled([starting.get(workspaceId)]);
    }
    await remove(workspaceId);
  }

  return {
    name: 'docker',
    offers: ['image', 'services'],
    probe: () => probe(daemon, () => prepare('')),
    create(spec, onStep) {
      const { workspaceId } = spec.job;
      const running = creating.get(workspaceId);
      if (running) return running;
      const made = make(spec, onStep).finally(() => creating.delete(workspaceId));
      creating.set(workspaceId, made);
      return made;
    },
    adopt: (workspaceId) => premises.adopt(workspaceId),
    destroy,
    list: () => premises.list(),
  };
}

async function isWhatWasTried(daemon: DockerDaemon, image: string, { proven, imageId }: Prepared): Promise<boolean> {
  if ((await lookUpDaemon(daemon)).identity !== proven.identity) return false;
  return image === '' || (await imageIdOf(daemon, image)) === imageId;
}

async function probe(daemon: DockerDaemon, prepare: () => Promise<Prepared>): Promise<ProbeResult> {
  try {
    const { found, facts, disk, image } = (await prepare()).proven;
    const where = daemon.remote === null ? 'here' : `at ${daemon.address}`;
    return { usable: true, message: `containers of Docker ${facts.version} isolate ${where}.`, holds: holdsOf(found, facts, disk, image) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { usable: false, message: error.message, holds: { isolation: 'none' } };
  }
}
