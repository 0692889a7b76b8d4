import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { closedSpec, plainSecurity, resourcesOf, user } from './container-parts.ts';
import { guard } from './guard.ts';

const mebibyte = 1024 ** 2;

/** The two containers of a trial: as the image's own user, and as ours. */
export const trialContainers = { own: 'own', given: 'given' } as const;

export interface TrialInput {
  name: string;
  labels: Record<string, string>;
  /** Of the service. */
  image: string;
  /** Of the workspace. */
  ownImage: string;
  runtimeClass: string | undefined;
  deadlineSeconds: number;
  server: string;
}

/**
 * A Pod that shows what the image of a service is like: which user it names and which volumes it declares, which no API of a cluster tells. In it waits a
 * shell of the image, of whose own programs nothing runs. Pure.
 */
export function trialPod(input: TrialInput): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: input.name, labels: input.labels },
    spec: {
      ...closedSpec(input),
      initContainers: [guard(input.ownImage, input.server)],
      containers: [
        trial(input.image, trialContainers.own, {}),
        trial(input.image, trialContainers.given, { runAsUser: user, runAsGroup: user }),
      ],
    },
  };
}

function trial(image: string, name: string, as: { runAsUser?: number; runAsGroup?: number }): V1Container {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    // Nobody ever writes there: it waits.
    stdin: true,
    command: ['/bin/sh', '-c', 'read -r line'],
    resources: resourcesOf({ cpus: 1, memoryBytes: 64 * mebibyte, diskBytes: 64 * mebibyte }),
    securityContext: { ...plainSecurity, ...as },
  };
}
