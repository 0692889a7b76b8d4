import { readFile } from 'node:fs/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import type { LookQuestion, Surroundings } from '../../supervisor/look-around.ts';
import { launcherBundle, ensureSupervisorBundle } from '../../supervisor/bundle.ts';
import type { Welcome } from '../../supervisor/pod/welcome.ts';
import type { StepListener, WorkspaceSpec } from '../../port.ts';
import { printable } from '../printable.ts';
import { awaitBeginning } from './begin.ts';
import { kubernetesFailure } from './client.ts';
import type { Cluster } from './client.ts';
import { greet } from './greet.ts';
import { forbiddenAddresses, policyMs } from './guard.ts';
import { allRun, begunAnnotation, podProblems, startProblem } from './judge.ts';
import { containers, placeInPod } from './layout.ts';
import { printMounts, uncountedMounts } from './mounts.ts';
import { workspacePod } from './pod.ts';
import type { PodInput } from './pod.ts';
import type { ReadyService } from './service-parts.ts';
import { awaitServices } from './services.ts';
import { runInPod } from './stream.ts';

export interface StartInput {
  cluster: Cluster;
  pod: Omit<PodInput, 'supervisorBytes' | 'server' | 'services'>;
  services?: readonly ReadyService[];
  onStep?: StepListener | undefined;
  codexPath: string;
  cacheDir: string;
  /** Null: the Pod only looks around. */
  spec: WorkspaceSpec | null;
  /** Puts the objects of the run into the Pod, once that runs: the name of their folder, null when they did not come whole. */
  bring?: (pod: string) => Promise<string | null>;
  /** Told when all was refused that must be, while objects may still be on their way: the supervisor's programs can be run. */
  onProven?: () => void;
}

/**
 * Makes a Pod, waits until it runs, welcomes its supervisor and hears what it found around it, waits for its services, and lets it begin.
 * DomainErrors say what is wrong.
 */
export async function startPod(input: StartInput): Promise<Surroundings> {
  const { cluster, services = [] } = input;
  const { name, image } = input.pod;
  const [supervisor, launcher] = await Promise.all([
    ensureSupervisorBundle(input.cacheDir).then((path) => readFile(path)),
    launcherBundle(),
  ]);
  try {
    const body = workspacePod({ ...input.pod, services, server: cluster.server, supervisorBytes: supervisor.length });
    await cluster.core.createNamespacedPod({ namespace: cluster.namespace, body });
  } catch (error) {
    throw kubernetesFailure('workspace', error, cluster);
  }
  const pod = await awaitBeginning(cluster, name, (seen) => (allRun(seen) ? seen : undefined), startProblem);
  const welcome: Welcome = {
    place: placeInPod(input.codexPath),
    launcher,
    question: questionOf(cluster, pod),
    patienceMs: policyMs,
  };
  const greeting = await greet(cluster, name);
  try {
    const proven = greeting.welcome(supervisor, welcome).then((found) => {
      const problems = podProblems(found, image);
      if (problems.length > 0) throw isolationFailure(cluster, problems);
      input.onProven?.();
      return found;
    });
    const [found, objects] = await Promise.all([
      proven,
      input.bring?.(name) ?? null,
      refuseUncountedMounts(cluster, pod, name, image),
      awaitServices(cluster, pod, services, input.onStep),
    ]);
    if (!input.spec) return found;
    await greeting.begin({ job: input.spec.job, runToken: input.spec.runToken, objects });
    await markBegun(cluster, name);
    return found;
  } finally {
    greeting.close();
  }
}

/** That Pods of this cluster are no place for agents, with the reasons. */
function isolationFailure(cluster: Cluster, problems: readonly string[]): DomainError {
  return new DomainError(
    'permanent',
    'isolation',
    `workspace: Pods of the cluster at ${cluster.server}, namespace ${cluster.namespace}, are no place for agents: ${problems.join('; ')}`,
  );
}

/** The agent's two containers have the same mounts; in the supervisor's runs nothing of the agent. */
async function refuseUncountedMounts(cluster: Cluster, pod: V1Pod, name: string, image: string): Promise<void> {
  const { stdout, stderr, exitCode } = await runInPod(cluster, name, containers.writing, printMounts, '');
  if (exitCode !== 0)
    throw new DomainError('transient', 'place-lost', `workspace: the mounts of its Pod ${name} were not told: ${stderr.trim()}`);
  const found = uncountedMounts(stdout, pod, containers.writing);
  if (found.length === 0) return;
  const problem = `the image ${image} declares volumes (${printable(found.join(', '))}), which no limit holds for; build it without VOLUME`;
  throw isolationFailure(cluster, [problem]);
}

/** What no program in a workspace may reach, write in or see. The Pod itself adds the API server as it is known inside. */
function questionOf(cluster: Cluster, pod: V1Pod): LookQuestion {
  const node = pod.status?.hostIP;
  return {
    reach: [...forbiddenAddresses(cluster.server), ...(node === undefined ? [] : [`${node}:10250`])],
    write: ['/', '/usr', '/etc', '/opt', '/var', '/proc/sys/kernel', '/proc/sysrq-trigger', '/sys/fs/cgroup'],
    exist: ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '/var/run/secrets/kubernetes.io'],
  };
}

/** From now on whoever finds the Pod adopts it. */
async function markBegun(cluster: Cluster, name: string): Promise<void> {
  try {
    const path = `/metadata/annotations/${begunAnnotation.replaceAll('/', '~1')}`;
    await cluster.core.patchNamespacedPod({ name, namespace: cluster.namespace, body: [{ op: 'add', path, value: 'true' }] });
  } catch (error) {
    throw kubernetesFailure('workspace', error, cluster);
  }
}
