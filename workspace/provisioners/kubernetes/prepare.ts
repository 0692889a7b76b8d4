import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from '../../../config/logger.ts';
import { messageOf } from '../../../workflows/contracts/errors.ts';
import type { Surroundings } from '../../supervisor/look-around.ts';
import type { DoorChoice } from '../host-folder/door-link.ts';
import { inside } from '../host-folder/inside.ts';
import { kubernetesFailure, statusOf } from './client.ts';
import type { Cluster } from './client.ts';
import { podLabels, podName, policyName, selectorOf } from './names.ts';
import { networkPolicy } from './policy.ts';
import { removePod } from './pods.ts';
import { startPod } from './start.ts';

export interface KubernetesProvisionerOptions {
  cluster: Cluster;
  /** Tells the installations apart that share a namespace. */
  installation: string;
  /** For the supervisor's bundle. */
  cacheDir: string;
  /** The gateway's repositories of runs, where they are on this machine: objects are taken from there. */
  runsDir?: string;
  /** The gateway's door; it may not exist yet. */
  doorSocket: string;
  /** Where there are several gateways: the one of a workspace. */
  chooseDoor?: DoorChoice;
  /** As the nodes know it; undefined: `astraforge/codex-cli` with the tag of this version's recipe. */
  image: string | undefined;
  /** Processors of one workspace. */
  cpus: number;
  runtimeClass: string | undefined;
  /** Longest life of a Pod, in seconds. */
  deadlineSeconds: number;
  /** How long the node of a Pod at work may be silent; default 5 minutes. */
  placePatienceMs?: number;
  logger: Logger;
}

/** Everything that a Pod is started with, tried. */
export interface Prepared {
  image: string;
  codexPath: string;
  found: Surroundings;
}

const probeLimits = { memoryBytes: 256 * 1024 ** 2, diskBytes: 16 * 1024 ** 2, processes: 64, outputBytes: 0 };
const staleMs = 10 * 60_000;

/** Has the policy, and the proof by a Pod of the same kind that this cluster isolates. DomainErrors say what is missing. */
export async function prepareKubernetes(options: KubernetesProvisionerOptions & { image: string }): Promise<Prepared> {
  const { cluster, installation, image, logger } = options;
  await ensurePolicy(cluster);
  await removeStaleProbes(cluster, installation);
  const codexPath = join(inside.node, '..', 'codex');
  const name = podName(installation, `probe-${randomBytes(6).toString('hex')}`);
  try {
    const pod = {
      ...{ name, image, labels: podLabels(installation, 'probe'), annotations: {}, limits: probeLimits },
      ...{ cpus: 1, runtimeClass: options.runtimeClass, deadlineSeconds: 600 },
    };
    const found = await startPod({ cluster, pod, codexPath, cacheDir: options.cacheDir, spec: null });
    logger.info('cluster isolates', { server: cluster.server, namespace: cluster.namespace, image });
    return { image, codexPath, found };
  } finally {
    await removePod(cluster, name).catch((error: unknown) => logger.warn('a probe was not removed', { name, reason: messageOf(error) }));
  }
}

/** Before any Pod: none of them lives a moment without it. */
async function ensurePolicy(cluster: Cluster): Promise<void> {
  const { namespace, networking } = cluster;
  try {
    await networking.createNamespacedNetworkPolicy({ namespace, body: networkPolicy() });
  } catch (error) {
    if (statusOf(error) !== 409) throw kubernetesFailure('workspace', error, cluster);
    // Somebody may have changed it since.
    await networking
      .replaceNamespacedNetworkPolicy({ name: policyName, namespace, body: networkPolicy() })
      .catch((problem: unknown) => Promise.reject(kubernetesFailure('workspace', problem, cluster)));
  }
}

/** What a process that was killed in the middle of its probe left. */
async function removeStaleProbes(cluster: Cluster, installation: string): Promise<void> {
  const tooOld = Date.now() - staleMs;
  try {
    const labelSelector = selectorOf(installation, 'probe');
    const { items } = await cluster.core.listNamespacedPod({ namespace: cluster.namespace, labelSelector });
    for (const { metadata } of items)
      if (metadata?.name && (metadata.creationTimestamp?.getTime() ?? 0) < tooOld) await removePod(cluster, metadata.name);
  } catch (error) {
    throw kubernetesFailure('workspace', error, cluster);
  }
}
