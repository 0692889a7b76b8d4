import type { V1Pod } from '@kubernetes/client-node';
import { join } from 'node:path';

/** Kernel interfaces, and memory, which counts as that of whoever writes. */
const countedTypes = new Set([
  ...['proc', 'sysfs', 'cgroup', 'cgroup2', 'devtmpfs', 'devpts', 'mqueue', 'hugetlbfs', 'securityfs', 'debugfs', 'tracefs', 'bpf'],
  ...['tmpfs', 'ramfs', 'nsfs'],
]);
/** Made by the node for every container; the root is the container's own layer, which counts. */
const nodesOwn = ['/', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/dev/shm', '/dev/termination-log'];

/** Prints what `uncountedMounts` reads, with no program but the shell. */
export const printMounts = ['/bin/sh', '-c', 'while IFS= read -r line; do printf "%s\\n" "$line"; done </proc/self/mountinfo'];

/**
 * Paths of a container's /proc/self/mountinfo that can be written and that neither the Pod names nor every container has: a container
 * runtime makes them for each `VOLUME` of an image, on the node's disk, and no limit of the Pod counts them. Pure.
 */
export function uncountedMounts(mountinfo: string, pod: V1Pod, containerName: string): string[] {
  const container = pod.spec?.containers.find(({ name }) => name === containerName);
  const named = [...(container?.volumeMounts ?? []).map(({ mountPath }) => mountPath), container?.terminationMessagePath ?? '/'];
  const expected = new Set([...nodesOwn, ...named.map((path) => join('/', path).replace(/(.)\/$/, '$1'))]);
  return mountinfo.split('\n').flatMap((line) => {
    const [ofMount = '', ofFiles = ''] = line.split(' - ', 2);
    const [, , , , point, options] = ofMount.split(' ');
    const [type = '', , filesOptions] = ofFiles.split(' ');
    if (point === undefined || isReadOnly(options) || isReadOnly(filesOptions) || countedTypes.has(type)) return [];
    const path = mountPoint(point);
    // No volume can be there: the kernel makes these folders.
    return expected.has(path) || /^\/(?:proc|sys)\//.test(path) ? [] : [point];
  });
}

/** A path as it is, of how the kernel writes it (and `uncountedMounts` answers it). Pure. */
export function mountPoint(written: string): string {
  return written.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}

function isReadOnly(options: string | undefined): boolean {
  return options?.split(',').includes('ro') ?? false;
}
