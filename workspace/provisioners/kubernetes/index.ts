import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { ProbeResult, Provisioner, StepListener, Workspace, WorkspaceSpec } from '../../port.ts';
import { createCouriers } from '../exec-place/courier.ts';
import { openExecWorkspace } from '../exec-place/workspace.ts';
import { createSharedWorks, tellStep } from '../shared-work.ts';
import { kubernetesFailure } from './client.ts';
import type { Cluster } from './client.ts';
import { begunAnnotation, stateOf } from './judge.ts';
import { sendObjects } from './objects.ts';
import { podLabels, podName, selectorOf, workspaceAnnotations, workspaceOf } from './names.ts';
import { podPlace } from './place.ts';
import { readPod, removePod } from './pods.ts';
import { imageRecipe, repository } from '../../image/recipe.ts';
import { prepareKubernetes } from './prepare.ts';
import type { KubernetesProvisionerOptions, Prepared } from './prepare.ts';
import { createServiceTrials } from './services.ts';
import { startPod } from './start.ts';

const outputAnnotation = 'astraforge.dev/output-bytes';

/** Workspaces in Pods of a cluster, one Pod each. They outlive whoever made them. */
export function createKubernetesProvisioner(options: KubernetesProvisionerOptions): Provisioner {
  const { cluster, installation, logger } = options;
  const couriers = createCouriers();
  const creating = new Map<string, Promise<Workspace>>();
  // By image; once a process each, and again after a failure.
  const prepared = createSharedWorks((image, tell) =>
    tellStep(tell, { step: 'probe', subject: image }, () => prepareKubernetes({ ...options, image })),
  );
  const ownImage = options.image ?? `${repository}:${imageRecipe().hash}`;
  const trials = createServiceTrials({ ...options, ownImage });

  const nameOf = (workspaceId: string): string => podName(installation, workspaceId);
  const placeOf = (workspaceId: string) => podPlace(cluster, nameOf(workspaceId), options.placePatienceMs);

  function keepDoor(workspaceId: string): void {
    couriers.keep(placeOf(workspaceId), () => options.chooseDoor?.(workspaceId) ?? options.doorSocket);
  }

  function open(workspaceId: string, outputBytes: number): Workspace {
    return openExecWorkspace(placeOf(workspaceId), { workspaceId, outputBytes });
  }

  async function adopt(workspaceId: string): Promise<Workspace | null> {
    const pod = await readPod(cluster, nameOf(workspaceId));
    const { annotations } = pod?.metadata ?? {};
    // Its maker was interrupted before the run's token was handed over.
    if (!annotations?.[begunAnnotation]) return null;
    if (stateOf(pod).status === 'running') keepDoor(workspaceId);
    return open(workspaceId, Number(annotations[outputAnnotation]));
  }

  async function make(spec: WorkspaceSpec, onStep?: StepListener): Promise<Workspace> {
    const { workspaceId, limits } = spec.job;
    const existing = await adopt(workspaceId);
    if (existing && (await existing.state()).status === 'running') return existing;
    if (!(await remove(workspaceId))) throw stillOnItsNode(nameOf(workspaceId));
    const { image, codexPath } = await prepared.get(spec.image ?? ownImage, onStep);
    const name = nameOf(workspaceId);
    const services = await trials.ready(spec.services ?? [], onStep);
    try {
      const pod = {
        ...{ name, image, limits, labels: podLabels(installation, 'workspace') },
        annotations: { ...workspaceAnnotations(workspaceId), [outputAnnotation]: String(limits.outputBytes) },
        ...{ cpus: options.cpus, runtimeClass: options.runtimeClass, deadlineSeconds: options.deadlineSeconds },
      };
      const sending = { runsDir: options.runsDir, runId: spec.job.runId, maxBytes: limits.diskBytes, logger };
      const bring = (): Promise<string | null> => sendObjects({ cluster, pod: name, ...sending });
      // The door is there by the time at which the supervisor asks through it.
      const onProven = (): void => keepDoor(workspaceId);
      await startPod({ cluster, pod, codexPath, cacheDir: options.cacheDir, spec, services, onStep, bring, onProven });
      logger.info('workspace started', { workspaceId, pod: name, image });
      return open(workspaceId, limits.outputBytes);
    } catch (error) {
      // The image or the policy may be gone: the next try looks again.
      prepared.forget(image);
      trials.forget(spec.services ?? []);
      await remove(workspaceId).catch((problem: unknown) =>
        logger.warn('a broken workspace was not removed', { workspaceId, problem: messageOf(problem) }),
      );
      throw error;
    }
  }

  /** False: it is left to its node, which does not answer. Its door is shut either way. */
  function remove(workspaceId: string): Promise<boolean> {
    couriers.drop(nameOf(workspaceId));
    return removePod(cluster, nameOf(workspaceId));
  }

  return {
    name: 'kubernetes',
    offers: ['image', 'services'],
    probe: () => probe(options, () => prepared.get(ownImage)),
    create(spec, onStep) {
      const { workspaceId } = spec.job;
      const running = creating.get(workspaceId);
      if (running) return running;
      const made = make(spec, onStep).finally(() => creating.delete(workspaceId));
      creating.set(workspaceId, made);
      return made;
    },
    adopt,
    destroy: async (workspaceId) => void (await remove(workspaceId)),
    list: () => listWorkspaces(cluster, installation),
  };
}

/** Ids of the workspaces of an installation, whatever state they are in. */
async function listWorkspaces(cluster: Cluster, installation: string): Promise<string[]> {
  try {
    const labelSelector = selectorOf(installation, 'workspace');
    const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace, labelSelector });
    return items.flatMap(({ metadata }) => workspaceOf(metadata?.annotations) ?? []);
  } catch (error) {
    throw kubernetesFailure('workspace', error, cluster);
  }
}

/** A name is free again once its node is back. */
function stillOnItsNode(pod: string): DomainError {
  return new DomainError(
    'transient',
    'place-lost',
    `workspace: the Pod ${pod} of a try before is still on its node, which does not answer; the next attempt gets a Pod of its own`,
  );
}

async function probe({ cluster, runtimeClass }: KubernetesProvisionerOptions, prepare: () => Promise<Prepared>): Promise<ProbeResult> {
  try {
    const { found, image } = await prepare();
    return {
      usable: true,
      message: `Pods of the cluster at ${cluster.server}, namespace ${cluster.namespace}, isolate.`,
      holds: {
        isolation: `Pod under \`restricted\`, runtime class ${runtimeClass ?? 'of the cluster'}; the agent has containers of its own`,
        network: 'none: a NetworkPolicy without peers, which was tried',
        user: `${found.uid}, without capabilities, under a seccomp filter`,
        image,
        agent: 'sees neither token, event file nor supervisor',
        memory: 'cgroup',
        cpu: 'cgroup',
        processes: 'watchdog, and the limit of the node',
        disk: 'watchdog, and eviction by the node',
      },
    };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { usable: false, message: error.message, holds: { isolation: 'none' } };
  }
}
