import { join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { closedSpec, plainSecurity, resourcesOf, user } from './container-parts.ts';
import { inside } from '../host-folder/inside.ts';
import { firstContainer, guard } from './guard.ts';

const mebibyte = 1024 ** 2;

/** The two containers of a trial: as the image's own user, and as ours. */
export const trialContainers = { own: 'own', given: 'given' } as const;

/** Where the workspace's image has the program that reads. */
export const readerSource = join(inside.codex, 'codex-path', 'rg');
/** Name of the container that lays it out, and of the folder's volume. */
export const readerName = 'reader';

/** The name of the trial is in it, which no image knows before: none has a link of that name, to a folder in which another program lies. */
function readerFolder(name: string): string {
  return `/.${name}`;
}

/** Linked statically: neither the image nor its environment changes what it says. */
function readerOf(name: string): string {
  return join(readerFolder(name), 'rg');
}

/** A program for a container of the trial `name` that prints a file as it is; it ends with 0 when that was read and is not empty. Pure. */
export function printFile(name: string, path: string): string[] {
  const plain = ['--no-config', '--no-messages', '--text', '--no-line-number', '--no-filename', '--max-depth=0', '--threads=1'];
  return [readerOf(name), ...plain, '', path];
}

export interface TrialInput {
  /** Nobody knows it before. */
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
 * A Pod that shows what the image of a service is like: which user it names and which volumes it declares, which no API of a cluster tells.
 * In it waits a program of ours that nothing of the image can change; of the image's own programs none runs. Pure.
 */
export function trialPod(input: TrialInput): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: input.name, labels: input.labels },
    spec: {
      ...closedSpec(input),
      initContainers: [guard(input.ownImage, input.server), readerMaker(input)],
      containers: [trial(input, trialContainers.own, {}), trial(input, trialContainers.given, { runAsUser: user, runAsGroup: user })],
      volumes: [{ name: readerName, emptyDir: { sizeLimit: String(32 * mebibyte) } }],
    },
  };
}

function readerMaker({ name, ownImage }: TrialInput): V1Container {
  return {
    ...firstContainer(ownImage, readerName),
    command: ['/bin/sh', '-c', 'cp "$0" "$1"', readerSource, readerOf(name)],
    volumeMounts: [{ name: readerName, mountPath: readerFolder(name) }],
  };
}

function trial(input: TrialInput, name: string, as: { runAsUser?: number; runAsGroup?: number }): V1Container {
  return {
    name,
    image: input.image,
    imagePullPolicy: 'IfNotPresent',
    // Nobody ever writes there: it waits.
    stdin: true,
    command: [readerOf(input.name), '--no-config', 'nothing', '-'],
    resources: resourcesOf({ cpus: 1, memoryBytes: 64 * mebibyte, diskBytes: 64 * mebibyte }),
    securityContext: { ...plainSecurity, ...as },
    volumeMounts: [{ name: readerName, mountPath: readerFolder(input.name), readOnly: true }],
  };
}
