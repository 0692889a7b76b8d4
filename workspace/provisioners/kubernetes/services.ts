import { randomBytes } from 'node:crypto';
import type { V1ContainerStateTerminated, V1Pod } from '@kubernetes/client-node';
import type { Logger } from '../../../config/logger.ts';
import { DomainError, messageOf } from '../../../workflows/contracts/errors.ts';
import type { ServiceSpec, StepListener } from '../../port.ts';
import { printable } from '../printable.ts';
import { notReady, portTaken, readySeconds, serviceFailure, subjectOf, waitForPort } from '../service-rules.ts';
import { inside } from '../host-folder/inside.ts';
import { createSharedWorks, tellStep } from '../shared-work.ts';
import { awaitBeginning } from './begin.ts';
import { kubernetesFailure } from './client.ts';
import type { Cluster } from './client.ts';
import { statusOf } from './judge.ts';
import { containers, serviceContainer } from './layout.ts';
import { podLabels, podName } from './names.ts';
import { awaitPod, removePod } from './pods.ts';
import { imageOf, otherImage, shownBy, trialProblem } from './service-judge.ts';
import type { ReadyService, ServiceImage } from './service-parts.ts';
import { runInPod } from './stream.ts';
import { printFile, trialPod } from './trial-pod.ts';

/** One question in the Pod takes this long at most, in seconds: streams into Pods are short. */
const questionSeconds = 30;
const againMs = 300;

interface TrialOptions {
  cluster: Cluster;
  installation: string;
  /** Of the workspace. */
  ownImage: string;
  runtimeClass: string | undefined;
  logger: Logger;
}

/**
 * What images of services are like, tried once each in this process, and again after a failure. Whether a name still means that image each
 * Pod looks itself.
 */
export function createServiceTrials(options: TrialOptions): {
  /** DomainErrors of the trial: `setup-failed` where an image cannot be had or shows nothing. */
  ready(specs: readonly ServiceSpec[], onStep: StepListener | undefined): Promise<ReadyService[]>;
  forget(specs: readonly ServiceSpec[]): void;
} {
  const tried = createSharedWorks((image, tell) =>
    tellStep(tell, { step: 'probe', subject: image }, () => tryServiceImage(options, image)),
  );
  return {
    ready: (specs, onStep) => Promise.all(specs.map(async (spec) => ({ spec, image: await tried.get(spec.image, onStep) }))),
    forget(specs) {
      for (const { image } of specs) tried.forget(image);
    },
  };
}

/** By a Pod of its own. */
async function tryServiceImage(options: TrialOptions, image: string): Promise<ServiceImage> {
  const { cluster, installation, logger } = options;
  const name = podName(installation, `trial-${randomBytes(6).toString('hex')}`);
  const wanted = 'a service of the project';
  try {
    const labels = podLabels(installation, 'probe');
    const body = trialPod({ ...options, name, labels, image, deadlineSeconds: 600, server: cluster.server });
    await cluster.core.createNamespacedPod({ namespace: cluster.namespace, body });
    const shown = await awaitBeginning(
      cluster,
      name,
      (pod) => {
        const container = shownBy(pod);
        return container === undefined ? undefined : { container, pod };
      },
      (pod) => trialProblem(pod, wanted, image),
    );
    const read = async (path: string): Promise<string> => {
      const { stdout, exitCode } = await runInPod(cluster, name, shown.container, printFile(name, path), '');
      return exitCode === 0 ? stdout : '';
    };
    const [mountinfo, status, passwd] = await Promise.all([read('/proc/self/mountinfo'), read('/proc/self/status'), read('/etc/passwd')]);
    const found = imageOf({ mountinfo, status, passwd }, shown.pod, shown.container);
    if (found) return found;
    throw new DomainError('transient', 'place-lost', `workspace: the image ${image} of ${wanted} told nothing of itself`);
  } catch (error) {
    throw kubernetesFailure('workspace', error, cluster);
  } finally {
    await removePod(cluster, name).catch((error: unknown) => logger.warn('a trial was not removed', { name, reason: messageOf(error) }));
  }
}

/**
 * Resolves once the port of each service of a Pod whose containers run answers, and tells each as a step.
 * DomainError `setup-failed` names the one that does not, or those of which one took the gateway's port.
 */
export async function awaitServices(
  cluster: Cluster,
  pod: V1Pod,
  services: readonly ReadyService[],
  onStep: StepListener | undefined,
): Promise<void> {
  // Before they are waited for: one that was not tried may have a folder that no limit counts.
  for (const service of services) {
    const problem = otherImage(pod, service);
    if (problem) throw problem;
  }
  await Promise.all(
    services.map(({ spec }) => tellStep(onStep, { step: 'service', subject: subjectOf(spec) }, () => awaitService(cluster, pod, spec))),
  );
  if (services.length === 0) return;
  // Nothing of the workspace's listens there as yet: its supervisor was told no work.
  const { exitCode } = await runInPod(cluster, pod.metadata?.name ?? '', containers.writing, waitForPort(inside.relayPort, 0), '');
  if (exitCode !== 0) return;
  throw portTaken(
    services.map(({ spec }) => spec),
    inside.relayPort,
  );
}

async function awaitService(cluster: Cluster, pod: V1Pod, spec: ServiceSpec): Promise<void> {
  const name = pod.metadata?.name ?? '';
  const stop = new AbortController();
  const ended = awaitPod(cluster, name, (seen) => endOf(seen, spec), { timeoutMs: readySeconds * 1000, signal: stop.signal });
  const answered = answers(cluster, name, spec.port, stop.signal);
  // Whichever comes second, nobody waits for.
  for (const one of [ended, answered]) one.catch(() => undefined);
  try {
    // Without an end before its time is over it is the port that decides.
    const end = await Promise.race([ended.then((found) => found ?? answered.then(() => null)), answered.then(() => null)]);
    if (end === null && (await answered)) return;
    const problem = notReady(spec, end && { exitCode: end.exitCode, ...(oddReason(end) ?? {}) });
    throw serviceFailure(spec, problem, printable((await lastWords(cluster, name, spec)) || (end?.message ?? '')));
  } finally {
    stop.abort();
  }
}

/** Null while it runs; throws when its Pod is gone. */
function endOf(pod: V1Pod | null, spec: ServiceSpec): V1ContainerStateTerminated | undefined {
  if (!pod) throw new DomainError('transient', 'place-lost', 'workspace: its Pod was removed while its services started');
  return statusOf(pod, serviceContainer(spec.name))?.state?.terminated;
}

/** What says more than that it ended. */
function oddReason({ reason }: V1ContainerStateTerminated): { reason: string } | null {
  return reason === undefined || reason === 'Error' || reason === 'Completed' ? null : { reason };
}

/** Asked by programs in the agent's container, one after another, where nothing of the agent's runs as yet. */
async function answers(cluster: Cluster, name: string, port: number, signal: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + readySeconds * 1000;
  while (!signal.aborted) {
    const seconds = Math.min(questionSeconds, Math.ceil((deadline - Date.now()) / 1000));
    if (seconds <= 0) return false;
    const { exitCode } = await runInPod(cluster, name, containers.writing, waitForPort(port, seconds), '');
    if (exitCode === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
  return false;
}

/** Empty where there are none, or where the role of this account is older than services. */
async function lastWords({ core, namespace }: Cluster, name: string, spec: ServiceSpec): Promise<string> {
  return core.readNamespacedPodLog({ name, namespace, container: serviceContainer(spec.name), tailLines: 20 }).catch(() => '');
}
