import type { V1ContainerStatus, V1Pod, V1PodCondition } from '@kubernetes/client-node';
import type { Surroundings } from '../../supervisor/look-around.ts';
import type { WorkspaceState } from '../../port.ts';
import { mayPass, pullReason } from '../../image/named.ts';
import { isolationProblems } from '../docker/judge.ts';
import { guardName } from './guard.ts';
import { containers, serviceOf } from './layout.ts';

/** Set on a Pod once its supervisor began. */
export const begunAnnotation = 'astraforge.dev/begun';

/** What the API server says of a workspace's Pod (null: it has none), as the port says it. Pure. */
export function stateOf(pod: V1Pod | null): WorkspaceState {
  if (!pod) return { status: 'gone', exitCode: null, reason: null };
  const supervisor = statusOf(pod, containers.supervisor);
  const ended = supervisor?.state?.terminated;
  if (!ended && !pod.metadata?.deletionTimestamp && (pod.status?.phase === 'Running' || pod.status?.phase === 'Pending'))
    return { status: 'running', exitCode: null, reason: null };
  const loss = lossOf(pod);
  return { status: 'exited', exitCode: ended?.exitCode ?? null, reason: reasonOf(pod), ...(loss === null ? {} : { lost: loss }) };
}

/** How a Pod was taken from its workspace, in words; null: it was not. Pure. */
function lossOf(pod: V1Pod): string | null {
  const node = pod.spec?.nodeName ?? 'of no name';
  const disruption = disruptionOf(pod);
  if (isNodeLost(pod)) {
    const said = oneLine(disruption?.message ?? pod.status?.message);
    return `the node ${node} was lost, and the cluster gave its Pod up (${said || 'no reason given'})`;
  }
  if (disruption)
    return `the cluster took its Pod from the node ${node} (${disruption.reason ?? 'no reason'}: ${oneLine(disruption.message)})`;
  return pod.metadata?.deletionTimestamp ? `its Pod on the node ${node} was deleted` : null;
}

/** Whether the cluster gave a Pod up for its node, which may not answer. Pure. */
function isNodeLost(pod: V1Pod): boolean {
  return disruptionOf(pod)?.reason === 'DeletionByTaintManager' || pod.status?.reason === 'NodeLost';
}

function disruptionOf(pod: V1Pod): V1PodCondition | undefined {
  return pod.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
}

/** How long a node that answers may take to end a Pod, and one that the cluster gave up. */
const removalMs = 30_000;
const lostRemovalMs = 3_000;

/** How long the removal of a Pod is worth waiting for, ms; `pod` as it was when that was asked for. Pure. */
export function removalPatienceMs(pod: V1Pod, nowMs: number): number {
  if (isNodeLost(pod)) return lostRemovalMs;
  const askedAtMs = pod.metadata?.deletionTimestamp?.getTime() ?? nowMs;
  // Asked for long ago: another look, no wait. Clocks may differ.
  return Math.min(removalMs, Math.max(lostRemovalMs, askedAtMs + removalMs - nowMs));
}

function reasonOf(pod: V1Pod): WorkspaceState['reason'] {
  const ofWorkspace = pod.status?.containerStatuses?.filter(({ name }) => serviceOf(name) === null);
  if (ofWorkspace?.some(({ state }) => state?.terminated?.reason === 'OOMKilled')) return 'agent-memory';
  // A node that is short of disk itself says so by a condition.
  if (pod.status?.reason === 'Evicted' && !disruptionOf(pod) && /ephemeral|emptydir|disk/i.test(pod.status.message ?? ''))
    return 'agent-disk';
  return null;
}

/** True once every container of the workspace runs, and every service was started. Pure. */
export function allRun(pod: V1Pod): boolean {
  const statuses = pod.status?.containerStatuses ?? [];
  const own = statuses.filter(({ name }) => serviceOf(name) === null);
  return (
    own.length === Object.keys(containers).length &&
    own.every(({ state }) => state?.running !== undefined) &&
    statuses.every(({ state }) => state?.running !== undefined || state?.terminated !== undefined)
  );
}

/** Why a Pod does not begin, and whether waiting longer is of no use. */
export interface StartProblem {
  kind: 'transient' | 'permanent';
  code: string;
  text: string;
  final: boolean;
}

/** What keeps a container from its start. */
export interface Trouble {
  of: 'image' | 'container';
  /** As the node says it. */
  reason: string;
  message: string;
  final: boolean;
}

/** Why a Pod of a workspace does not begin, in words. Null: nothing is wrong as far as one can see. Pure. */
export function startProblem(pod: V1Pod): StartProblem | null {
  for (const status of pod.status?.containerStatuses ?? []) {
    const service = serviceOf(status.name);
    const trouble = service === null ? null : troubleOf(status);
    if (service !== null && trouble) return serviceImageProblem(`the service ${service}`, status.image, trouble);
  }
  const own = pod.status?.containerStatuses?.filter(({ name }) => serviceOf(name) === null) ?? [];
  return beginProblem(pod, workspaceProblem, ...own);
}

/** Why a Pod does not begin of whose containers these are looked at; `say` has the words for them. Pure. */
export function beginProblem(
  pod: V1Pod,
  say: (trouble: Trouble, image: string) => StartProblem,
  ...looked: (V1ContainerStatus | undefined)[]
): StartProblem | null {
  const loss = lossOf(pod);
  if (loss !== null) return { kind: 'transient', code: 'place-lost', text: loss, final: true };
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled?.reason === 'Unschedulable')
    return {
      ...{ kind: 'transient', code: 'kubernetes-unschedulable', final: false },
      text: `no node takes the workspace (${oneLine(unscheduled.message)}); add a node or lower WORKSPACE_MEMORY_BYTES and WORKSPACE_CPUS`,
    };
  for (const status of pod.status?.initContainerStatuses ?? []) {
    const trouble = troubleOf(status);
    if (trouble) return workspaceProblem(trouble, status.image);
  }
  for (const status of looked) {
    const trouble = status && troubleOf(status);
    if (trouble) return say(trouble, status.image);
  }
  const reached = pod.status?.initContainerStatuses?.find(({ name }) => name === guardName)?.state?.terminated;
  if (reached && reached.exitCode !== 0 && reached.message)
    return {
      ...{ kind: 'permanent', code: 'isolation', final: true },
      text: `Pods of this cluster are no place for services: ${reachProblem(`it reaches ${oneLine(reached.message)}`)}`,
    };
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded')
    return { kind: 'transient', code: 'place-lost', text: `the Pod ended at once (${endOf(pod)})`, final: true };
  return null;
}

function troubleOf({ state }: V1ContainerStatus): Trouble | null {
  const { reason = '', message } = state?.waiting ?? {};
  if (/^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull)/.test(reason))
    return { of: 'image', reason, message: oneLine(message), final: reason !== 'ErrImagePull' };
  return /^(CreateContainer|RunContainer)/.test(reason) ? { of: 'container', reason, message: oneLine(message), final: true } : null;
}

function workspaceProblem({ of, reason, message, final }: Trouble, image: string): StartProblem {
  return of === 'image'
    ? {
        ...{ kind: 'transient', code: 'kubernetes-image', final },
        text: `the image ${image} cannot be had by the node (${reason}: ${message}); push it to a registry that the node reaches and set WORKSPACE_IMAGE`,
      }
    : {
        ...{ kind: 'permanent', code: 'kubernetes-container', final },
        text: `the node cannot start the workspace (${reason}: ${message}); correct WORKSPACE_IMAGE or KUBERNETES_RUNTIME_CLASS`,
      };
}

/** As on Docker (`ensureNamedImage`): a node quotes what answered it, and that may be anything. `wanted`: for whom. Pure. */
export function serviceImageProblem(wanted: string, image: string, { of, reason, message, final }: Trouble): StartProblem {
  return of === 'image'
    ? {
        ...{ kind: mayPass(message) ? 'transient' : 'permanent', code: 'setup-failed', final },
        text: `the image ${image} of ${wanted} cannot be had by the node (${reason}: ${pullReason(message)}). Push it to a registry that the node reaches without credentials, or name another one`,
      }
    : {
        ...{ kind: 'permanent', code: 'setup-failed', final },
        text: `the node cannot start the image ${image} of ${wanted} (${reason}: ${message}). Mend its image or env in the project`,
      };
}

function endOf(pod: V1Pod): string {
  const reason = [pod.status?.reason, oneLine(pod.status?.message)].filter((part) => part !== undefined && part !== '').join(': ');
  if (reason !== '') return reason;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const ended = statuses.flatMap(({ name, state }) => (state?.terminated ? [{ name, ...state.terminated }] : []));
  return (
    ended.map(({ name, reason: why, exitCode }) => `${name}: ${why ?? 'ended'}, exit code ${exitCode}`).join('; ') || 'no reason given'
  );
}

/** Every reason why agents that are not trusted may not run in such a Pod; empty: they may. Pure. */
export function podProblems(found: Surroundings, image: string): string[] {
  // A Pod has an interface, and what is behind it was tried; its door is opened later; the agent's containers are its sandbox.
  return isolationProblems({ ...found, interfaces: [], doorAnswers: true, nestedProblem: null }, image).map((problem) =>
    problem.startsWith('it reaches') ? reachProblem(problem) : problem,
  );
}

function reachProblem(problem: string): string {
  return `${problem}, which its NetworkPolicy forbids: the cluster's network plugin must enforce NetworkPolicy`;
}

/** What the API server says of a container of a Pod. Pure. */
export function statusOf(pod: V1Pod, name: string): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find((status) => status.name === name);
}

function oneLine(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 300);
}
