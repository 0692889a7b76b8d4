import type { V1Container, V1PodSpec, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { ServiceSpec } from '../../port.ts';
import { scratchFolders, serviceLimits } from '../service-rules.ts';
import { plainSecurity, resourcesOf, working } from './container-parts.ts';
import { firstContainer, guard } from './guard.ts';
import { serviceContainer } from './layout.ts';

const mebibyte = 1024 ** 2;
/** Where the container that makes a service's folders sees them. */
const making = '/scratch';
/** Of each volume this folder is mounted: it belongs to the service's user, as the volume itself never does. */
const own = 'own';
/** What a service prints is kept on the node's disk until its Pod goes. */
const diskBytes = 128 * mebibyte;
const sharedMemory = '/dev/shm';
const passwdFile = '/etc/passwd';

/** What the trial of a service's image found. */
export interface ServiceImage {
  /** As its node names it. */
  id: string;
  uid: number;
  gid: number;
  /** Folders that the image declares as volumes. */
  volumes: string[];
  /** The image's list of users with this one added; null: it is in the image's. */
  passwd: string | null;
}

/** A service with what its image is like. */
export interface ReadyService {
  spec: ServiceSpec;
  image: ServiceImage;
}

/** What services add to the Pod of a workspace. Pure. */
export interface ServiceParts {
  initContainers: V1Container[];
  containers: V1Container[];
  volumes: V1Volume[];
  hostAliases: NonNullable<V1PodSpec['hostAliases']>;
}

interface Folder {
  volume: string;
  path: string;
  bytes: number;
}

/**
 * Containers of the services, with nothing of the workspace's but its loopback: no folder, token or process of it. What they start after:
 * the proof that the Pod reaches nothing, and the folders that each may write in, as its own user. `image` is the workspace's. Pure.
 */
export function serviceParts(input: { services: readonly ReadyService[]; image: string; cpus: number; server: string }): ServiceParts {
  const { services, image, cpus, server } = input;
  if (services.length === 0) return { initContainers: [], containers: [], volumes: [], hostAliases: [] };
  const withFolders = services.map((service, index) => ({ ...service, index, folders: foldersOf(service, index) }));
  // A name that ends in a dash is none that a hosts file of a cluster may have.
  const hostnames = services.flatMap(({ spec }) => (/[a-z0-9]$/.test(spec.name) ? [spec.name] : []));
  return {
    initContainers: [guard(image, server), ...withFolders.map((service) => folderMaker(service, image))],
    containers: withFolders.map((service) => container(service, cpus)),
    volumes: withFolders.flatMap(({ index, folders }) => [
      ...folders.map(({ volume, bytes }) => memory(volume, bytes)),
      memory(usersVolume(index), mebibyte),
    ]),
    hostAliases: hostnames.length === 0 ? [] : [{ ip: '127.0.0.1', hostnames }],
  };
}

type WithFolders = ReadyService & { index: number; folders: Folder[] };

function foldersOf({ image }: ReadyService, index: number): Folder[] {
  const scratch = scratchFolders(image.volumes).filter((path) => path !== sharedMemory);
  return [
    ...scratch.map((path, at) => ({ volume: `service-${index}-${at}`, path, bytes: serviceLimits.scratchBytes })),
    { volume: `service-${index}-shm`, path: sharedMemory, bytes: serviceLimits.sharedMemoryBytes },
  ];
}

function usersVolume(index: number): string {
  return `service-${index}-users`;
}

/** Without it a database finds folders that it may write in and not make its own. */
function folderMaker({ spec, image, index, folders }: WithFolders, ownImage: string): V1Container {
  const base = firstContainer(ownImage, `${serviceContainer(spec.name)}-folders`);
  const names = folders.map(({ volume }) => volume);
  const users = usersVolume(index);
  return {
    ...base,
    command: [
      '/bin/sh',
      '-c',
      `umask 022; for name; do mkdir -p "${making}/$name/${own}"; done; printf %s "$USERS" >"${making}/${users}/passwd"`,
    ],
    args: ['sh', ...names],
    env: [...(base.env ?? []), { name: 'USERS', value: literally(image.passwd ?? '') }],
    securityContext: { ...plainSecurity, runAsUser: image.uid, runAsGroup: image.gid },
    volumeMounts: [...names, users].map((name) => ({ name, mountPath: `${making}/${name}` })),
  };
}

function container({ spec, image, index, folders }: WithFolders, cpus: number): V1Container {
  const { memoryBytes } = serviceLimits;
  const mounts: V1VolumeMount[] = folders.map(({ volume, path }) => ({ name: volume, mountPath: path, subPath: own }));
  const users: V1VolumeMount = { name: usersVolume(index), mountPath: passwdFile, subPath: 'passwd', readOnly: true };
  return {
    name: serviceContainer(spec.name),
    image: spec.image,
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(spec.env).map(([name, value]) => ({ name, value: literally(value) })),
    resources: resourcesOf({ cpus, memoryBytes, diskBytes }, working({ cpus, memoryBytes })),
    securityContext: { ...plainSecurity, runAsUser: image.uid, runAsGroup: image.gid },
    volumeMounts: image.passwd === null ? mounts : [...mounts, users],
  };
}

/** A cluster reads `$(NAME)` in a value as the value of another variable; `$$` is a plain dollar to it. */
function literally(value: string): string {
  return value.replaceAll('$', '$$$$');
}

function memory(name: string, bytes: number): V1Volume {
  return { name, emptyDir: { medium: 'Memory', sizeLimit: String(bytes) } };
}
