import type { V1Container, V1Pod, V1ResourceRequirements, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { WorkspaceLimits } from '../../../workflows/contracts/supervisor.ts';
import { inside } from '../host-folder/inside.ts';
import { closedSpec, idle, plainContainer, resourcesOf, user, working } from './container-parts.ts';
import type { Share } from './container-parts.ts';
import { containers, podPaths } from './layout.ts';
import { serviceParts } from './service-parts.ts';
import type { ReadyService } from './service-parts.ts';

const mebibyte = 1024 ** 2;
/** What supervisor and its git need beside the agent. */
const supervisorBytes = 1024 * mebibyte;
/** Room above the agent's limit, so that the watchdog ends it before the node evicts the whole Pod. */
const diskRoom = 2;

export interface PodInput {
  name: string;
  image: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  limits: WorkspaceLimits;
  /** Processors of the agent; may be a fraction. */
  cpus: number;
  runtimeClass: string | undefined;
  /** After this the cluster ends the Pod, whatever became of us. */
  deadlineSeconds: number;
  /** Size of the supervisor's program, which comes first on its stdin. */
  supervisorBytes: number;
  /** URL of the API server, which no service may reach. */
  server: string;
  services: readonly ReadyService[];
}

/**
 * The Pod of a workspace, under Pod Security `restricted`. The supervisor and the agent have containers of their own: they share the
 * checkout, the home and the loopback, and see neither one another's processes nor the rest of one another's files. Nothing secret is
 * in it, and nothing that differs from run to run but limits and services. Pure.
 */
export function workspacePod(input: PodInput): V1Pod {
  const services = serviceParts(input);
  const closed = closedSpec(input);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: input.name, labels: input.labels, annotations: input.annotations },
    spec: {
      ...closed,
      securityContext: { ...closed.securityContext, runAsUser: user, runAsGroup: user, fsGroup: user },
      hostAliases: services.hostAliases,
      initContainers: services.initContainers,
      containers: [supervisor(input), agent(input, 'writing'), agent(input, 'reading'), ...services.containers],
      volumes: [...volumes(input.limits), ...services.volumes],
    },
  };
}

function supervisor(input: PodInput): V1Container {
  const bytes = Math.min(supervisorBytes, Math.max(input.limits.memoryBytes, 256 * mebibyte));
  return {
    ...plainContainer(input.image, containers.supervisor, resources(input, bytes, idle)),
    // Its program, its job and the run's token come on its stdin and no other way.
    stdin: true,
    stdinOnce: true,
    command: ['/bin/sh', '-c', `head -c "$0" > ${podPaths.supervisor} && exec ${inside.node} ${podPaths.supervisor} --pod`],
    args: [String(input.supervisorBytes)],
    volumeMounts: [
      mount('private', inside.privateDir),
      mount('git', inside.gitDir),
      mount('objects', podPaths.objectsDir),
      mount('work', inside.checkoutDir),
      mount('home', inside.homeDir),
      mount('attachments', inside.attachmentsDir),
      mount('launch-writing', podPaths.launch.writing),
      mount('launch-reading', podPaths.launch.reading),
      mount('scratch', '/tmp', 'supervisor'),
    ],
  };
}

function agent(input: PodInput, kind: 'writing' | 'reading'): V1Container {
  const { cpus, limits } = input;
  const { memoryBytes } = limits;
  const program = `${podPaths.launchDir}/launcher.mjs`;
  return {
    ...plainContainer(
      input.image,
      containers[kind],
      // An agent waits for its model.
      resources(input, memoryBytes, kind === 'reading' ? idle : working({ cpus, memoryBytes })),
    ),
    command: ['/bin/sh', '-c', `until [ -f ${program} ]; do sleep 0.1; done; exec ${inside.node} ${program} ${podPaths.launchDir}`],
    volumeMounts: [
      { ...mount('work', inside.checkoutDir), readOnly: kind === 'reading' },
      { ...mount('objects', podPaths.objectsDir), readOnly: true },
      mount('home', inside.homeDir),
      { ...mount('attachments', inside.attachmentsDir), readOnly: true },
      { ...mount(`launch-${kind}`, podPaths.launchDir), readOnly: true },
      mount('scratch', '/tmp', 'agent'),
    ],
  };
}

function resources({ limits, cpus }: PodInput, memoryBytes: number, requests: Share): V1ResourceRequirements {
  return resourcesOf({ cpus, memoryBytes, diskBytes: limits.diskBytes * diskRoom + limits.outputBytes + 256 * mebibyte }, requests);
}

function volumes(limits: WorkspaceLimits): V1Volume[] {
  const disk = limits.diskBytes * diskRoom;
  const sizes = {
    private: limits.outputBytes + 256 * mebibyte,
    git: disk,
    objects: disk,
    work: disk,
    home: disk,
    attachments: disk,
    scratch: disk,
    'launch-writing': 16 * mebibyte,
    'launch-reading': 16 * mebibyte,
  };
  return Object.entries(sizes).map(([name, bytes]) => ({ name, emptyDir: { sizeLimit: String(bytes) } }));
}

function mount(name: string, mountPath: string, subPath?: string): V1VolumeMount {
  return { name, mountPath, ...(subPath === undefined ? {} : { subPath }) };
}
