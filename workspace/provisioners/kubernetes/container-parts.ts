import type { V1Container, V1PodSpec, V1ResourceRequirements, V1SecurityContext } from '@kubernetes/client-node';
import { inside } from '../host-folder/inside.ts';

const mebibyte = 1024 ** 2;
/** User and group of everything inside, but for services whose image has a user of its own. */
export const user = 1000;
/** A node that is gone gives its Pods up after this time; the next attempt begins elsewhere. */
const lostNodeSeconds = 30;

/** What a container asks its node for. */
export interface Share {
  cpu: string;
  memory: string;
}

/** Of those that wait nearly always. */
export const idle: Share = { cpu: '10m', memory: String(64 * mebibyte) };

/** Of those that wait most of the time: a node may promise more than it has, but not nothing. `cpus` may be a fraction. Pure. */
export function working({ cpus, memoryBytes }: { cpus: number; memoryBytes: number }): Share {
  return { cpu: `${Math.ceil(cpus * 25)}m`, memory: String(Math.floor(memoryBytes / 4)) };
}

/** What Pod Security `restricted` asks of a container, and a read-only root. */
export const plainSecurity: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Requests and limits of a container; `cpus` may be a fraction. Pure. */
export function resourcesOf(
  limits: { cpus: number; memoryBytes: number; diskBytes: number },
  requests: Share = idle,
): V1ResourceRequirements {
  return {
    requests: { ...requests, 'ephemeral-storage': String(16 * mebibyte) },
    limits: {
      cpu: `${Math.round(limits.cpus * 1000)}m`,
      memory: String(limits.memoryBytes),
      'ephemeral-storage': String(limits.diskBytes),
    },
  };
}

/** A container of the workspace's image, with no program of its own yet. Pure. */
export function plainContainer(image: string, name: string, resources: V1ResourceRequirements): V1Container {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    workingDir: '/',
    env: Object.entries({ PATH: inside.path, HOME: '/nonexistent', LANG: 'C.UTF-8' }).map(([key, value]) => ({ name: key, value })),
    resources,
    securityContext: plainSecurity,
  };
}

/** What holds for every Pod of ours: no account, no name server, nobody who is root, an end. Pure. */
export function closedSpec(input: { runtimeClass: string | undefined; deadlineSeconds: number }): Omit<V1PodSpec, 'containers'> {
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    hostname: 'workspace',
    // Nobody answers there.
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['127.0.0.1'] },
    terminationGracePeriodSeconds: 2,
    activeDeadlineSeconds: input.deadlineSeconds,
    ...(input.runtimeClass === undefined ? {} : { runtimeClassName: input.runtimeClass }),
    tolerations: ['not-ready', 'unreachable'].map((problem) => ({
      key: `node.kubernetes.io/${problem}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: lostNodeSeconds,
    })),
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  };
}
