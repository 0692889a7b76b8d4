import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Surroundings } from '../../supervisor/look-around.ts';
import type { WorkspaceState } from '../../port.ts';
import { isolationProblems } from '../docker/judge.ts';
import { containers } from './layout.ts';

/** Set on a Pod once its supervisor began. */
export const begunAnnotation = 'astraforge.dev/begun';

/** What the API server says of a workspace's Pod (null: it has none), as the port says it. Pure. */
export function stateOf(pod: V1Pod | null): WorkspaceState {
  if (!pod) return { status: 'gone', exitCode: null, reason: null };
  const supervisor = statusOf(pod, containers.supervisor);
  const ended = supervisor?.state?.terminated;
  if (!ended && !pod.metadata?.deletionTimestamp && (pod.status?.phase === 'Running' || pod.status?.phase === 'Pending'))
    return { status: 'running', exitCode: null, reason: null };
  return { status: 'exited', exitCode: ended?.exitCode ?? null, reason: reasonOf(pod) };
}

function reasonOf(pod: V1Pod): WorkspaceState['reason'] {
  if (pod.status?.containerStatuses?.some(({ state }) => state?.terminated?.reason === 'OOMKilled')) return 'agent-memory';
  if (pod.status?.reason === 'Evicted' && /ephemeral|emptydir|disk/i.test(pod.status.message ?? '')) return 'agent-disk';
  return null;
}

/** True once every container of the Pod runs. Pure. */
export function allRun(pod: V1Pod): boolean {
  const statuses = pod.status?.containerStatuses ?? [];
  return statuses.length === Object.keys(containers).length && statuses.every(({ state }) => state?.running !== undefined);
}

/** Why a Pod does not begin, in words, and whether waiting longer is of no use. Null: nothing is wrong as far as one can see. Pure. */
export function startProblem(pod: V1Pod): { kind: 'transient' | 'permanent'; code: string; text: string; final: boolean } | null {
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled?.reason === 'Unschedulable')
    return {
      ...{ kind: 'transient', code: 'kubernetes-unschedulable', final: false },
      text: `no node takes the workspace (${oneLine(unscheduled.message)}); add a node or lower WORKSPACE_MEMORY_BYTES and WORKSPACE_CPUS`,
    };
  for (const { state, image } of pod.status?.containerStatuses ?? []) {
    const { reason = '', message } = state?.waiting ?? {};
    if (/^(ErrImage|ImagePull|InvalidImageName|ErrImageNeverPull)/.test(reason))
      return {
        ...{ kind: 'transient', code: 'kubernetes-image', final: reason !== 'ErrImagePull' },
        text: `the image ${image} cannot be had by the node (${reason}: ${oneLine(message)}); push it to a registry that the node reaches and set WORKSPACE_IMAGE`,
      };
    if (/^(CreateContainer|RunContainer)/.test(reason))
      return {
        ...{ kind: 'permanent', code: 'kubernetes-container', final: true },
        text: `the node cannot start the workspace (${reason}: ${oneLine(message)}); correct WORKSPACE_IMAGE or KUBERNETES_RUNTIME_CLASS`,
      };
  }
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded')
    return { kind: 'transient', code: 'place-lost', text: `the Pod ended at once (${endOf(pod)})`, final: true };
  return null;
}

function endOf(pod: V1Pod): string {
  const reason = [pod.status?.reason, oneLine(pod.status?.message)].filter((part) => part !== undefined && part !== '').join(': ');
  if (reason !== '') return reason;
  const ended = pod.status?.containerStatuses?.flatMap(({ name, state }) => (state?.terminated ? [{ name, ...state.terminated }] : []));
  return (
    ended?.map(({ name, reason: why, exitCode }) => `${name}: ${why ?? 'ended'}, exit code ${exitCode}`).join('; ') ?? 'no reason given'
  );
}

/** Every reason why agents that are not trusted may not run in such a Pod; empty: they may. Pure. */
export function podProblems(found: Surroundings, image: string): string[] {
  // A Pod has an interface, and what is behind it was tried; its door is opened later; the agent's containers are its sandbox.
  return isolationProblems({ ...found, interfaces: [], doorAnswers: true, nestedProblem: null }, image).map((problem) =>
    problem.startsWith('it reaches')
      ? `${problem}, which its NetworkPolicy forbids: the cluster's network plugin must enforce NetworkPolicy`
      : problem,
  );
}

function statusOf(pod: V1Pod, name: string): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find((status) => status.name === name);
}

function oneLine(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 300);
}
